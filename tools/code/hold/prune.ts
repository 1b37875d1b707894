import { lstatSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { isComplete, type Kind, kinds, type Layer, layerPath, lockPath, sizePath } from './layer.ts';
import { tryLock } from './lock.ts';
import { type Held, pickRemoval } from './pick-removal.ts';
import { removeFolder } from './remove-folder.ts';

interface HeldLayer extends Held, Layer {}

/** The links from one layer to another, by the layer that has them. */
const links: Partial<Record<Kind, readonly string[]>> = { trees: ['node_modules', '.venv'], frameworks: ['.packages'] };
/** To read this many layers takes a few milliseconds. A store may have thousands, and its worker has other work meanwhile. */
const atOnce = 100;

/**
 * Removes layers until the store is within its limit, and what killed processes left in it. A layer in use stays: its holder has its lock.
 * Does nothing while somebody else does that: two would remove twice as much.
 * @param limit in bytes
 */
export async function prune(store: string, limit: number): Promise<void> {
  const unlock = tryLock(lockPath(store, 'prune', 'store'), 'alone');
  if (!unlock) return;
  try {
    await removeLeftovers(store);
    await removeUnused(store, limit);
  } finally {
    unlock();
  }
}

async function removeUnused(store: string, limit: number): Promise<void> {
  const kept = new Set<string>();
  for (let layers = await listLayers(store); ;) {
    const picked = pickRemoval(layers, limit, kept, Date.now());
    const layer = layers.find((one) => one === picked);
    if (!layer) return;
    if (await removeLayer(layer)) layers = layers.filter((one) => one !== layer);
    else kept.add(layer.name);
  }
}

async function listLayers(store: string): Promise<HeldLayer[]> {
  const layers: HeldLayer[] = [];
  for (const kind of kinds)
    for (const key of readdirSync(join(store, kind)).filter((name) => !name.startsWith('.'))) {
      const layer = { store, kind, key };
      const usedAt = lstatSync(layerPath(layer), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      layers.push({ ...layer, name: `${kind}/${key}`, bytes: sizeOf(layer), usedAt, needs: needsOf(layer) });
      if (layers.length % atOnce === 0) await setImmediate();
    }
  return layers;
}

/** @returns 0 for a layer that another process has removed meanwhile */
function sizeOf(layer: Layer): number {
  try {
    if (layer.kind === 'objects') return sizeOfFolder(layerPath(layer));
    return Number(readFileSync(sizePath(layer), 'utf8')) || 0;
  } catch {
    return 0;
  }
}

function sizeOfFolder(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + (lstatSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Reads the names of the layers that a layer links to: `../../frameworks/<key>/node_modules` leads to `frameworks/<key>`. */
function needsOf(layer: Layer): string[] {
  return (links[layer.kind] ?? []).flatMap((name) => {
    try {
      return readlinkSync(join(layerPath(layer), name))
        .split('/')
        .slice(2, 4)
        .join('/');
    } catch {
      return [];
    }
  });
}

/** @returns false if the layer is in use, or was linked to since it was listed */
async function removeLayer(layer: HeldLayer): Promise<boolean> {
  const { store, kind, key, name } = layer;
  const unlock = tryLock(lockPath(store, kind, key), 'alone');
  if (!unlock) return false;
  // A layer that leaves under its own name could be taken for a whole one.
  const gone = join(store, kind, `.${key}.gone`);
  try {
    if (isLinkedTo(kind) && (await listLayers(store)).some(({ needs }) => needs.includes(name))) return false;
    await removeFolder(gone);
    renameSync(layerPath(layer), gone);
    rmSync(sizePath(layer), { force: true });
    if (kind === 'trees') removeCommits(store, key);
    await removeFolder(gone);
    return true;
  } finally {
    unlock();
  }
}

/** Whether other layers link to layers of a kind. */
function isLinkedTo(kind: Kind): boolean {
  return kind !== 'trees' && kind !== 'objects';
}

function removeCommits(store: string, tree: string): void {
  for (const name of readdirSync(join(store, 'commits'))) {
    const path = join(store, 'commits', name);
    if (readlinkSync(path).endsWith(`/${tree}`)) rmSync(path);
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
