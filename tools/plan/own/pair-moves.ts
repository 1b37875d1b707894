import { join } from 'node:path/posix';

import { labelNames } from '@tributary/contract/nouns/label';
import type { DeploymentCreateInput } from '@tributary/contract/nouns/deployment';

import type { Code } from '../closure/open-code.ts';
import { fewAtOnce } from '../few-at-once.ts';
import type { PlannedDeletion, PlannedProject, PlannedPut } from '../plan/planned.ts';

/** A creation or a deletion, its integration, and what identifies the code of its flow, wherever the file lies. */
interface Candidate<One> {
  readonly one: One;
  readonly root: string;
  readonly flow: string;
}

/**
 * Finds creations that are deletions of another integration under another name. That is certain only if the file of the flow has moved as it was:
 * the names of flows and files alone are often equal. Only a pair that is the only one for both counts.
 */
export async function pairMoves(projects: readonly PlannedProject[], code: Code): Promise<PlannedProject[]> {
  const all = projects.flatMap(({ project, deployments }) => deployments.map((planned) => ({ planned, root: project.root })));
  const replaced = new Set(all.flatMap(({ planned }) => (planned.action === 'delete' ? [] : (planned.replaces ?? []))));
  const created = all.flatMap(({ planned, root }) =>
    planned.action === 'create' && planned.replaces === null ? [{ one: planned, root }] : [],
  );
  const deleted = all.flatMap(({ planned, root }) =>
    planned.action === 'delete' && !replaced.has(planned.name) ? [{ one: planned, root }] : [],
  );
  if (created.length === 0 || deleted.length === 0) return [...projects];
  const gone = byFlow(await fewAtOnce(deleted, async (given) => identify(given, await flowBefore(given.one, code))));
  const come = byFlow(await fewAtOnce(created, async (given) => identify(given, await flowNow(given.one, given.root, code))));
  const names = new Map<PlannedPut, string>();
  for (const [flow, [first, ...others]] of come) {
    const [before, ...more] = gone.get(flow) ?? [];
    const isOnly = others.length === 0 && more.length === 0;
    if (first && before && isOnly && first.root !== before.root) names.set(first.one, before.one.name);
  }
  return projects.map((one) => ({
    ...one,
    deployments: one.deployments.map((planned) =>
      planned.action === 'delete' ? planned : { ...planned, replaces: names.get(planned) ?? planned.replaces },
    ),
  }));
}

function byFlow<One>(candidates: readonly (Candidate<One> | undefined)[]): Map<string, Candidate<One>[]> {
  return Map.groupBy(
    candidates.filter((one) => one !== undefined),
    ({ flow }) => flow,
  );
}

function identify<One>(given: Omit<Candidate<One>, 'flow'>, flow: string | undefined): Candidate<One> | undefined {
  return flow === undefined ? undefined : { ...given, flow };
}

/** Identifies a live flow by its file's content at the commit of its deploy. @returns undefined if the file is still there, or its commit is unknown */
async function flowBefore({ live }: PlannedDeletion, code: Code): Promise<string | undefined> {
  const [commit, place] = [live.labels?.[labelNames.commit], placeOf(live)];
  if (typeof commit !== 'string' || !place || code.hashes(place.file).length > 0) return undefined;
  const [hash] = (await code.at(commit))?.hashes(place.file) ?? [];
  return hash === undefined ? undefined : `${hash}:${place.exportName}`;
}

async function flowNow({ desired }: PlannedPut, root: string, code: Code): Promise<string | undefined> {
  const place = placeOf(desired.request);
  const { parts } = await code.closure(root, desired.inputs);
  const hash = place && parts.get(place.file)?.hash;
  return hash === undefined ? undefined : `${hash}:${place?.exportName}`;
}

/** The file of a deployment's flow, relative to the workspace, and the flow's export. */
function placeOf({ path, entrypoint }: Pick<DeploymentCreateInput, 'path' | 'entrypoint'>) {
  const [, file, exportName] = /^(.+):([^:]+)$/.exec(entrypoint ?? '') ?? [];
  return path && file !== undefined && exportName !== undefined ? { file: join(path, file), exportName } : undefined;
}
