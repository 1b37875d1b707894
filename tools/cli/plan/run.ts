import type { Plan } from '@tributary/contract/nouns/plan';
import { findRoot } from '@tributary/flow/engine';
import {
  applyPlan,
  checkSavedPlan,
  findIntegrations,
  type Job,
  planAgainst,
  planWorkspace,
  printMarkdown,
  printPlan,
  type Verb,
} from '@tributary/plan';

import { finishWithoutReader } from '../command/broken-pipe.ts';
import type { Call } from '../command/call.ts';
import { exitCodes, misuse } from '../command/refusal.ts';
import { createOut } from '../print/out.ts';
import { chooseIntegrations } from '../read/choose-integrations.ts';
import { divertPrints } from '../read/divert-prints.ts';
import type { PlanOptions } from './plan-options.ts';
import { readPolicy } from './read-policy.ts';
import { refuseEngine } from './refuse-engine.ts';
import { type Saved, readSaved } from './read-saved.ts';
import { setVariables, variableFiles } from './set-variables.ts';
import { checkPath, writePlan } from './write-plan.ts';

/** Plans or deploys integrations, and prints the plan. @returns the exit code */
export async function run(call: Call, verb: Verb, names: readonly string[], options: PlanOptions): Promise<number> {
  const { markdown = false, why = false, detailedExitcode = false } = options;
  if (call.json && markdown) throw misuse('Give --json or --markdown, not both.');
  if (options.commit !== undefined) {
    // It loads the code store, which other plans don't need.
    const { runAtCommit } = await import('./run-at-commit.ts');
    return runAtCommit(call, verb, names, options.commit, options);
  }
  if (options.against !== undefined) refuseEngine(call, options);
  const saved = options.plan === undefined ? undefined : await readSaved(call.cwd, options.plan, { names, options });
  const policy = saved?.policy ?? readPolicy(names, options);
  const root = findRoot(call.cwd);
  const all = findIntegrations(root);
  const projects = saved ? all.filter(({ name }) => saved.integrations.has(name)) : chooseIntegrations(all, names);
  const file = options.out === undefined ? undefined : await checkPath(call.cwd, options.out);
  if (all.length === 0)
    call.out.note(
      `This workspace has no integrations: there is no ints/*/deployments.ts in ${root}. Create one with \`npx nx g integration NAME\`.`,
    );
  setVariables(root, call.env);
  finishWithoutReader();
  const { stdout, restore } = divertPrints(call.process.stdout, call.json || markdown);
  try {
    const out = createOut({ json: call.json, stdout, stderr: call.process.stderr });
    const announce = markdown ? call.out.note : out.line;
    const job = { projects, root, policy, env: call.env, announce };
    const { against } = options;
    const plan = await (against === undefined
      ? planAndApply({ ...job, verb, options: engineOf(call) }, saved)
      : planCode({ ...job, against, envFiles: variableFiles }));
    out.result(plan, () => (markdown ? printMarkdown(plan, verb) : `\n${printPlan(plan, { verb, why, paint: out.paint })}`));
    if (file !== undefined) {
      await writePlan(file, plan);
      announce(`\nWrote the plan to ${file}`);
    }
    return exitCodeOf(plan, detailedExitcode);
  } finally {
    await restore();
  }
}

async function planAndApply(job: Job, saved: Saved | undefined): Promise<Plan> {
  const planned = await planWorkspace(job);
  try {
    if (saved) checkSavedPlan(saved.file, saved.plan, planned.plan);
    return job.verb === 'deploy' ? await applyPlan(planned) : planned.plan;
  } finally {
    planned.stop();
  }
}

async function planCode(job: Parameters<typeof planAgainst>[0]): Promise<Plan> {
  const { plan, stop } = await planAgainst(job);
  stop();
  return plan;
}

function engineOf({ engine, url }: Call): Job['options'] {
  return { ...(engine ? { engine } : {}), ...(url === undefined ? {} : { url }) };
}

function exitCodeOf({ tally, findings }: Plan, isDetailed: boolean): number {
  if (tally.failed > 0 || findings.some(({ severity }) => severity === 'error')) return exitCodes.failed;
  // What can't be compared has other code.
  const isChanged = tally.create + tally.update + tally.delete > 0 || findings.some(({ code }) => code === 'broken_commit');
  return isDetailed && isChanged ? exitCodes.changed : exitCodes.done;
}
