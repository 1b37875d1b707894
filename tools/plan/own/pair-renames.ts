import type { PlannedDeletion, PlannedPut } from '../plan/planned.ts';

/**
 * Finds creations that seem to be deletions of the same integration under another name: with the same entrypoint, the same flow or the same name of
 * the deployment. Only a pair that is the only one for both counts.
 */
export function pairRenames(puts: readonly PlannedPut[], deletions: readonly PlannedDeletion[]): PlannedPut[] {
  if (deletions.length === 0) return [...puts];
  const creations = puts.filter(({ action }) => action === 'create');
  return puts.map((put) => {
    if (put.action !== 'create') return put;
    const [only, ...others] = deletions.filter((deletion) => isLike(put, deletion));
    if (!only || others.length > 0 || creations.some((other) => other !== put && isLike(other, only))) return put;
    return { ...put, replaces: only.name };
  });
}

function isLike({ desired }: PlannedPut, { name, live }: PlannedDeletion): boolean {
  return desired.request.entrypoint === live.entrypoint || desired.request.name === live.name || name.startsWith(`${desired.flowName}/`);
}
