import type { Client, Patience } from '@tributary/contract/client';
import { patience } from '@tributary/contract/client';
import { messageOf } from '@tributary/contract/error';
import type { Routes } from '@tributary/contract/routes';
import { connect, type Engine, resolveEngine } from '@tributary/flow/engine';

import { loadProjects, type Project } from '../plan/load-projects.ts';
import { type Plan, type PlannedDeployment, planProjects } from '../plan/plan-projects.ts';
import { renderEngine, renderTally, renderVerdict } from '../plan/render.ts';
import { blameStrays, collectStrays } from '../plan/stray-error.ts';
import { createApplier } from '../apply/applier.ts';
import { commitOf } from '../apply/read-commit.ts';

export type Verb = 'plan' | 'deploy';

/** The options of the executors. */
export interface EngineOptions {
  readonly engine?: 'prefect' | 'embedded';
  readonly url?: string;
}

export interface Job {
  readonly verb: Verb;
  readonly projects: readonly Project[];
  /** the workspace's root */
  readonly root: string;
  readonly options: EngineOptions;
  /** gets the lines that users see before anything happens */
  readonly announce: (line: string) => void;
}

export interface Outcome {
  readonly project: Project;
  readonly success: boolean;
  /** lines for users, each with a line break at its end */
  readonly output: string;
}

/** Plans or deploys integrations, all in this process. Yields the outcomes in the order of the projects. The last outcome has the tally. */
export async function* runProjects(job: Job): AsyncGenerator<Outcome> {
  const { projects, root, verb } = job;
  const tally = { create: 0, update: 0, unchanged: 0, failed: 0 };
  let run: Run;
  try {
    run = await begin(job);
  } catch (error) {
    for (const project of projects) yield { project, success: false, output: `${messageOf(error)}\n` };
    return;
  }
  const apply = verb === 'deploy' ? createApplier({ ...run, commit: commitOf(root) }) : async () => undefined;
  // All integrations start now. Only their outcomes are yielded in order.
  const outcomes = run.plans.map(async (plan) => ({ plan, failures: await Promise.all(plan.deployments.map(apply)) }));
  for (const [index, outcome] of outcomes.entries()) {
    const { plan, failures } = await outcome;
    const success = plan.error === undefined && failures.every((failure) => failure === undefined);
    if (!success) tally.failed += 1;
    for (const [place, { verdict }] of plan.deployments.entries()) if (failures[place] === undefined) tally[verdict.action] += 1;
    const lines = render(plan, failures);
    if (index === outcomes.length - 1) lines.push('', renderTally(verb, tally));
    yield { project: plan.project, success, output: `${lines.join('\n')}\n` };
  }
}

interface Run {
  readonly client: Client<Routes>;
  readonly plans: readonly Plan[];
  readonly width: number;
}

async function begin({ verb, projects, root, options, announce }: Job): Promise<Run> {
  // User code is imported while the engine is chosen, because both take a while.
  // Unhandled errors are collected until this process ends, because imported code may run and fail until then.
  const strays = collectStrays(root, announce);
  const loading = loadProjects(projects, root);
  const engine = await resolveEngine({ access: verb === 'deploy' ? 'write' : 'read', cwd: root, ...options });
  announce(renderEngine(verb, engine));
  const client = connect(engine, { patience: pace(engine).patience });
  const loaded = blameStrays(await loading, strays.take());
  return { client, width: pace(engine).width, plans: await planProjects(loaded, { client, root }) };
}

/**
 * How fast to write. Prefect's server on SQLite refuses concurrent writes with "database is locked". So it gets only two requests at a
 * time, and a refused request is retried for longer.
 */
function pace({ kind }: Engine): { readonly width: number; readonly patience: Patience } {
  return kind === 'prefect' ? { width: 2, patience: { ...patience.command, busy: 60 } } : { width: 16, patience: patience.command };
}

function render({ deployments, error }: Plan, failures: readonly (string | undefined)[]): string[] {
  if (error !== undefined) return [error];
  if (deployments.length === 0) return ['deployments.ts exports no deployment.'];
  return deployments.flatMap((planned: PlannedDeployment, index) => {
    const failure = failures[index];
    return failure === undefined ? renderVerdict(planned) : [`! failed ${planned.desired.name}: ${failure}`];
  });
}
