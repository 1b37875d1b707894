import { flushCompileCache } from 'node:module';

import { messageOf } from '@tributary/contract/error';
import type { IntegrationPlan } from '@tributary/contract/nouns/plan';

import { applyIntegrations } from './apply-plan.ts';
import type { Project } from './load/project.ts';
import { isSound, tallyOf } from './plan/tally.ts';
import { type Job, type PlannedWorkspace, planWorkspace } from './plan-workspace.ts';
import type { DeploymentStyle } from './print/print-deployment.ts';
import { printFindings } from './print/print-finding.ts';
import { printCreates, printIntegration } from './print/print-plan.ts';
import { tallyLine } from './print/tally-line.ts';

export interface Outcome {
  /** null if the outcome belongs to no integration */
  readonly project: Project | null;
  readonly success: boolean;
  /** lines for users, each with a line break at its end */
  readonly output: string;
}

/** A job whose plan is printed. */
export interface PrintedJob extends Job {
  /**
   * names the files and packages whose changes changed a deployment's code
   * @default false
   */
  readonly why?: boolean;
}

/**
 * Plans or deploys integrations for Nx, all in this process. Yields the outcomes in the order of the projects, and then those of removed
 * integrations; the last one has the tally. Lines that concern all integrations are announced.
 */
export async function* runProjects(job: PrintedJob): AsyncGenerator<Outcome> {
  const { projects, verb, why = false } = job;
  const style: DeploymentStyle = { paint: (_, text) => text, why };
  let planned: PlannedWorkspace;
  try {
    planned = await planWorkspace(job);
  } catch (error) {
    for (const project of projects.length > 0 ? projects : [null]) yield { project, success: false, output: `${messageOf(error)}\n` };
    return;
  }
  const { findings, creates, integrations } = planned.plan;
  const common = findings.filter(({ integration }) => integration === null);
  for (const line of [...printFindings(common, style.paint), ...printCreates(creates, style.paint)]) job.announce(line);
  const outcomes = verb === 'deploy' ? applyIntegrations(planned) : integrations;
  const done: IntegrationPlan[] = [];
  for (const [index, { name, root, removed }] of integrations.entries()) {
    const integration = await outcomes[index];
    // Nx ends this process by a signal, before Node would write its cache. This takes a while, in which the engine works on other deployments.
    if (index === 0) flushCompileCache();
    if (!integration) continue;
    done.push(integration);
    const lines = [...(removed ? [`${root} (removed)`] : []), ...printIntegration(integration, planned.plan, style)];
    if (index === integrations.length - 1) lines.push('', tallyLine(verb, tallyOf(done, findings)));
    yield { project: { name, root }, success: isSound(integration, findings), output: `${lines.join('\n')}\n` };
  }
  if (integrations.length === 0) yield { project: null, success: common.every(({ severity }) => severity !== 'error'), output: '' };
}
