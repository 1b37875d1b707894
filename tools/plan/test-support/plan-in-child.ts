import { registerHooks } from 'node:module';
import { join } from 'node:path';

import type { Plan } from '@tributary/contract/nouns/plan';
import { loadDeployments } from '@tributary/flow/deploy';
import { resolveEngine } from '@tributary/flow/engine';

import { applyOne } from '../apply-one.ts';
import { applyPlan } from '../apply-plan.ts';
import { findIntegrations, matchIntegration } from '../load/find-integrations.ts';
import type { Policy } from '../plan/policy.ts';
import { planAgainst } from '../plan-against.ts';
import { planWorkspace } from '../plan-workspace.ts';

/** What a test asks for: a plan, a deploy, or `.apply()` of each deployment of the integrations. */
export interface Asked {
  readonly verb: 'plan' | 'deploy' | 'apply';
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** names of integrations @default all, which makes the plan one of everything */
  readonly names?: readonly string[];
  readonly policy?: Partial<Policy>;
  /** the commit of a plan without an engine */
  readonly against?: string;
}

export type Answered = { readonly plan: Plan } | { readonly done: true } | { readonly error: string };

let version = 0;
// Each plan imports the code of integrations anew, as each command does in a process of its own.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    return found.url.includes('/ints/') ? { ...found, url: `${found.url}?${version}` } : found;
  },
});

/** Runs in a child process, which loads integrations with Node's own loader. */
process.on('message', (asked: Asked) => {
  version += 1;
  answer(asked)
    .catch((error: unknown): Answered => ({ error: error instanceof Error ? error.message : String(error) }))
    .then((answered) => process.send?.(answered))
    .catch(() => process.exit(1));
});
process.on('disconnect', () => process.exit(0));

async function answer({ verb, root, env, names, policy, against }: Asked): Promise<Answered> {
  const all = findIntegrations(root);
  const projects = names?.flatMap((name) => matchIntegration(all, name) ?? []) ?? all;
  if (verb === 'apply') {
    const engine = await resolveEngine({ access: 'write', cwd: root, env });
    for (const project of projects) {
      const { deployments } = await loadDeployments(join(root, project.root, 'deployments.ts'), { root });
      for (const desired of deployments) await applyOne({ desired, engine, root });
    }
    return { done: true };
  }
  const everything = names === undefined;
  if (against !== undefined) {
    const job = { against, projects, root, env: { ...process.env, ...env, CI: '' }, policy: { everything, ...policy } };
    const { plan, stop } = await planAgainst({ ...job, announce: () => undefined });
    stop();
    return { plan };
  }
  const planned = await planWorkspace({
    verb,
    projects,
    root,
    options: {},
    env: { ...env, CI: '' },
    policy: { everything, ...policy },
    announce: () => undefined,
  });
  planned.stop();
  return { plan: verb === 'deploy' ? await applyPlan(planned) : planned.plan };
}
