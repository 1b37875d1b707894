import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { acquire, type Caller, tryAcquire } from './acquire.ts';
import { isComplete, kinds, lockPath } from './layer.ts';
import { type HeldLayer, listLayers } from './layers.ts';
import { tryLock } from './lock.ts';
import { pickRemoval, type RemovalRule } from './pick-removal.ts';
import { removeFolder } from './remove-folder.ts';
import { removeLayer } from './remove-layer.ts';

/**
 * Removes layers, and what killed processes left in the store. A layer in use stays: its holder has its lock. Two at once would remove twice as
 * much.
 * @param waiting waits for a process that does that already @default does nothing then
 * @returns the removed layers
 */
export async function prune(store: string, rule: RemovalRule, waiting?: Caller): Promise<HeldLayer[]> {
  const [path, what] = [lockPath(store, 'prune', 'store'), 'cleaning up the code store'];
  const lock = waiting ? await acquire(path, what, waiting) : tryAcquire(path, what);
  if (!lock) return [];
  try {
    await removeLeftovers(store);
    return await removeUnused(store, rule);
  } finally {
    lock.release();
  }
}

async function removeUnused(store: string, rule: RemovalRule): Promise<HeldLayer[]> {
  const kept = new Set<string>();
  const removed: HeldLayer[] = [];
  for (let layers = await listLayers(store); ;) {
    const picked = pickRemoval(layers, rule, kept);
    const layer = layers.find((one) => one === picked);
    if (!layer) return removed;
    if (await removeLayer(layer)) {
      layers = layers.filter((one) => one !== layer);
      removed.push(layer);
    } else kept.add(layer.name);
  }
}

async function removeLeftovers(store: string): Promise<void> {
  const left = kinds.flatMap((kind) =>
    readdirSync(join(store, kind)).flatMap((name) => {
      const key = name.startsWith('.') ? (name.split('.')[1] ?? '') : name;
      const isLeft = (): boolean => key !== name || (kind === 'python' && !isComplete({ store, kind, key }));
      return isLeft() ? [{ path: join(store, kind, name), lock: lockPath(store, kind, key), isLeft }] : [];
    }),
  );
  const work = readdirSync(join(store, 'work')).map((name) => ({
    path: join(store, 'work', name),
    lock: lockPath(store, 'commits', name.replace(/\..*$/, '')),
    isLeft: () => true,
  }));
  for (const { path, lock, isLeft } of [...left, ...work]) {
    const unlock = tryLock(lock, 'alone');
    if (!unlock) continue;
    try {
      // Its maker may have finished it by now.
      if (isLeft()) await removeFolder(path);
    } finally {
      unlock();
    }
  }
}
