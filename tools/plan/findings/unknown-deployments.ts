import type { Client } from '@tributary/contract/client';
import { nearest } from '@tributary/contract/nearest';
import type { Finding } from '@tributary/contract/nouns/plan';

import type { Code } from '../closure/open-code.ts';
import type { Call } from '../closure/part.ts';
import { loadOthers } from '../load/load-others.ts';
import { declaredNames, isUnloaded, type Loaded } from '../load/loaded.ts';
import type { Project } from '../load/project.ts';
import type { PlannedProject } from '../plan/planned.ts';
import { type LiveDeployments, readLive } from '../plan/read-live.ts';
import type { PlanRoutes } from '../routes.ts';
import { distinctInputs } from './find-code-problems.ts';
import { filterByParts, readSimilar } from './read-similar.ts';

interface Given {
  /** what a deploy does, with what it deletes */
  readonly planned: readonly PlannedProject[];
  /** live deployments, at least those of this workspace */
  readonly live: LiveDeployments;
  readonly client: Client<PlanRoutes>;
  readonly code: Code;
  readonly root: string;
}

/** A call in the code of an integration. */
interface Made {
  readonly project: Project;
  readonly call: Call;
}

/**
 * Finds calls of deployments that nothing declares and that won't be live after the deploy: a typo, or a deployment that was renamed or removed.
 * Such a call surely fails. Most plans have none, and cost nothing. A deployments.ts that can't be loaded may declare any name.
 */
export async function unknownDeployments(loaded: readonly Loaded[], { planned, live, client, code, root }: Given): Promise<Finding[]> {
  const declared = new Set(loaded.flatMap(declaredNames));
  const deleted = new Set(
    planned.flatMap(({ deployments }) => deployments.flatMap((one): string[] => (one.action === 'delete' ? [one.name] : []))),
  );
  const isKnown = (name: string): boolean => declared.has(name) || (live.has(name) && !deleted.has(name));
  const unknown = (await callsIn(loaded, code)).filter(({ call }) => !isKnown(call.name));
  if (unknown.length === 0 || loaded.some(isUnloaded)) return [];
  const others = await loadOthers(loaded, root);
  if (others.some(isUnloaded)) return [];
  const names = new Set(
    [...declared, ...others.flatMap(declaredNames), ...(await readNamed(client, unknown))].filter((name) => !deleted.has(name)),
  );
  const wrong = unknown.filter(({ call }) => !names.has(call.name));
  const similar = await readSimilar(
    client,
    wrong.map(({ call }) => call.name),
  );
  const near = (name: string) => nearest(name, [...names, ...similar.filter((other) => !deleted.has(other))]);
  return wrong.map((made) => toFinding(made, { isDeleted: deleted.has(made.call.name), near: near(made.call.name) }));
}

/** Reads which of these deployments the engine has. They may be other workspaces', or made by hand. */
async function readNamed(client: Client<PlanRoutes>, unknown: readonly Made[]): Promise<string[]> {
  const filter = filterByParts(unknown.map(({ call }) => call.name));
  return filter ? [...(await readLive(client, () => true, filter)).keys()] : [];
}

async function callsIn(loaded: readonly Loaded[], code: Code): Promise<Made[]> {
  const made = loaded.map(async ({ project, deployments }) => {
    const closures = await Promise.all(distinctInputs(deployments).map((inputs) => code.closure(project.root, inputs)));
    const calls = new Map(closures.flatMap((closure) => closure.calls).map((call) => [JSON.stringify(call), call]));
    return [...calls.values()].map((call) => ({ project, call }));
  });
  return (await Promise.all(made)).flat();
}

function toFinding(
  { project, call: { name, file, line } }: Made,
  { isDeleted, near }: { readonly isDeleted: boolean; readonly near: string | undefined },
): Finding {
  const reason = isDeleted ? `A deploy deletes deployment "${name}"` : `There is no deployment "${name}"`;
  const advice = near
    ? `Did you mean "${near}"?`
    : 'Declare it in a deployments.ts, or by externalDeployment if it comes from outside of this workspace.';
  return {
    code: 'unknown_deployment',
    severity: 'error',
    message: `${reason}, so this call would fail. ${advice}`,
    file,
    line,
    integration: project.name,
    command: null,
  };
}
