import { readFile } from 'node:fs/promises';

import { messageOf, TributaryError } from '@tributary/contract/error';
import { canonicalJson, readJson } from '@tributary/contract/json';
import {
  type DeploymentPlan,
  type Finding,
  type IntegrationPlan,
  type Plan,
  plan as planNoun,
  planVersion,
} from '@tributary/contract/nouns/plan';

import { commitText } from '../commit-text.ts';
import { defaultPolicy, type Policy } from '../plan/policy.ts';

/** Reads a plan that `plan --out FILE` wrote. @throws `misuse` if the file can't be read, or isn't a plan of this version */
export async function readSavedPlan(file: string): Promise<Plan> {
  let json: unknown;
  try {
    json = readJson(await readFile(file, 'utf8'));
  } catch (error) {
    throw new TributaryError('misuse', `The plan ${file} can't be read: ${messageOf(error)}`, { cause: error });
  }
  const parsed = planNoun.safeParse(json);
  if (parsed.success) return refuseCommit(file, parsed.data);
  throw new TributaryError(
    'misuse',
    `${file} isn't a plan of version ${planVersion}: write one with \`npx tributary plan --out ${file}\`.`,
    { cause: parsed.error },
  );
}

/** Refuses a plan that asked no engine, because nobody knows what a deploy of it would do. */
function refuseCommit(file: string, plan: Plan): Plan {
  if (plan.engine.kind !== 'commit') return plan;
  throw new TributaryError(
    'misuse',
    `The plan ${file} compares with ${commitText(plan.engine)}, without an engine, so it can't be deployed. Write one with \`npx tributary plan --out ${file}\`.`,
  );
}

/**
 * What the user allowed when this plan was made, as far as the plan depends on it. Planning again by this policy gives the same plan if neither
 * the code nor the engine has changed.
 */
export function policyOf({ workspace, integrations, findings, reset = [], storage }: Plan): Policy {
  const deployments = integrations.flatMap((integration) => integration.deployments);
  const owners = deployments.flatMap(({ owner }) => owner?.workspace ?? []);
  const isRefused = (code: Finding['code']): boolean => findings.some((finding) => finding.code === code);
  return {
    ...defaultPolicy,
    everything: integrations.some(({ removed }) => removed),
    takeOver: [...new Set(owners)].filter((owner) => owner !== workspace),
    allowDeletes: isRefused('many_deletions') ? 0 : deployments.filter(({ action }) => action === 'delete').length,
    // The code is the same as when the plan was made, so it is as old as it was then.
    allowOlder: !isRefused('older_code'),
    reset,
    storage: storage ?? null,
  };
}

/** Refuses a saved plan unless a new plan would do the same. @throws `misuse` with what has changed */
export function checkSavedPlan(file: string, saved: Plan, now: Plan): void {
  const changes = changesSince(saved, now);
  if (changes.length === 0) return;
  const more = changes.length > longest ? [`  and ${changes.length - longest} more`] : [];
  throw new TributaryError(
    'misuse',
    [
      `The plan ${file} is out of date, so nothing was sent:`,
      ...changes.slice(0, longest).map((change) => `  ${change}`),
      ...more,
      'Plan again, and deploy that plan.',
    ].join('\n'),
  );
}

/** How many changes a message names. */
const longest = 10;

/** Lists what has changed since a plan was saved, for people. */
export function changesSince(saved: Plan, now: Plan): string[] {
  if (saved.workspace !== now.workspace) return [`It was made for workspace ${saved.workspace}, and this is workspace ${now.workspace}.`];
  if (canonicalJson(saved.engine) !== canonicalJson(now.engine))
    return [`It was made for ${engineText(saved)}, and this deploy would go to ${engineText(now)}.`];
  const [before, after] = [byName(saved.integrations), byName(now.integrations)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((name) => {
    const [from, to] = [before.get(name), after.get(name)];
    if (!from) return `Integration ${name} isn't in the plan.`;
    return to ? integrationChanges(from, to) : `Integration ${name} no longer exists.`;
  });
}

function engineText({ engine }: Plan): string {
  return engine.kind === 'commit' ? commitText(engine) : engine.url;
}

function integrationChanges(saved: IntegrationPlan, now: IntegrationPlan): string[] {
  const [before, after] = [byName(saved.deployments), byName(now.deployments)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((name) => deploymentChange(name, before.get(name), after.get(name)) ?? []);
}

function deploymentChange(name: string, saved: DeploymentPlan | undefined, now: DeploymentPlan | undefined): string | undefined {
  if (!saved) return `Deployment ${name} isn't in the plan.`;
  if (!now) return `Deployment ${name} is in the plan, and would no longer be deployed.`;
  if (saved.seen !== now.seen) return `Deployment ${name} has changed on the engine.`;
  if (saved.code?.closure !== now.code?.closure) return `The code of deployment ${name} has changed.`;
  return effectText(saved) === effectText(now) ? undefined : `A deploy of ${name} would do something else than the plan says.`;
}

/**
 * What a deploy would do, as text. Which files changed since the last deploy may be known in one clone only, and the number of waiting runs
 * changes by itself.
 */
function effectText(plan: DeploymentPlan): string {
  return canonicalJson({ ...plan, code: null, applied: null, waiting: null });
}

function byName<One extends { readonly name: string }>(list: readonly One[]): ReadonlyMap<string, One> {
  return new Map(list.map((one) => [one.name, one]));
}
