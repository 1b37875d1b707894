import { lstatSync, readdirSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { type Kind, layerPath, lockPath, manifestPath, sizePath } from './layer.ts';
import { dependentsOf, type HeldLayer, listLayers } from './layers.ts';
import { tryLock } from './lock.ts';
import { removeFolder } from './remove-folder.ts';

/**
 * Removes a layer that no process uses and no other layer links to.
 * @returns false if the layer is in use, or was linked to since it was listed
 */
export function removeLayer(layer: HeldLayer): Promise<boolean> {
  const { store, kind, name } = layer;
  return removeLocked(
    layer,
    [layer],
    async () => !isLinkedTo(kind) || (await listLayers(store)).every(({ needs }) => !needs.includes(name)),
  );
}

/**
 * Removes a damaged layer, so that the next take makes it anew. Layers that link to it stay: they are whole again then.
 * @returns false if a process uses the layer, or one that links to it
 */
export async function removeDamaged(layer: HeldLayer): Promise<boolean> {
  // A process that runs code has the lock of its tree alone, not of the layers that the tree links to.
  return removeLocked(layer, [...dependentsOf(layer, await listLayers(layer.store)), layer], () => Promise.resolve(true));
}

async function removeLocked(layer: HeldLayer, locked: readonly HeldLayer[], mayGo: () => Promise<boolean>): Promise<boolean> {
  const unlocks: (() => void)[] = [];
  try {
    for (const { store, kind, key } of locked) {
      const unlock = tryLock(lockPath(store, kind, key), 'alone');
      if (!unlock) return false;
      unlocks.push(unlock);
    }
    if (!(await mayGo())) return false;
    const { store, kind, key } = layer;
    // A layer that leaves under its own name could be taken for a whole one.
    const gone = join(store, kind, `.${key}.gone`);
    await removeFolder(gone);
    if (lstatSync(layerPath(layer), { throwIfNoEntry: false })) renameSync(layerPath(layer), gone);
    for (const path of [sizePath(layer), manifestPath(layer)]) rmSync(path, { force: true });
    if (kind === 'trees') removeCommits(store, key);
    await removeFolder(gone);
    return true;
  } finally {
    for (const unlock of unlocks) unlock();
  }
}

/** Whether other layers link to layers of a kind. */
function isLinkedTo(kind: Kind): boolean {
  return kind !== 'trees' && kind !== 'objects';
}

function removeCommits(store: string, tree: string): void {
  for (const name of readdirSync(join(store, 'commits'))) {
    if (!targetOf(join(store, 'commits', name))?.endsWith(`/${tree}`)) continue;
    for (const folder of ['commits', 'names']) rmSync(join(store, folder, name), { force: true });
  }
}

/** @returns undefined for what isn't a link, or was removed by another process meanwhile */
function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
