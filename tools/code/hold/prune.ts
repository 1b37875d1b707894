import { lstatSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { isComplete, type Kind, kinds, type Layer, layerPath, lockPath, sizePath } from './layer.ts';
import { tryLock } from './lock.ts';
import { type Held, pickRemoval } from './pick-removal.ts';
import { removeFolder } from './remove-folder.ts';

interface HeldLayer extends Held, Layer {}

/** The links from one layer to another, by the layer that has them. */
const links: Partial<Record<Kind, readonly string[]>> = { trees: ['node_modules', '.venv'], frameworks: ['.packages'] };

/**
 * Removes layers until the store is within its limit, and what killed processes left in it. A layer in use stays: its holder has its lock.
 * @param limit in bytes
 */
export async function prune(store: string, limit: number): Promise<void> {
  await removeLeftovers(store);
  const kept = new Set<string>();
  for (let layers = listLayers(store); ;) {
    const picked = pickRemoval(layers, limit, kept, Date.now());
    const layer = layers.find((one) => one === picked);
    if (!layer) return;
    if (await removeLayer(layer)) layers = layers.filter((one) => one !== layer);
    else kept.add(layer.name);
  }
}

function listLayers(store: string): HeldLayer[] {
  return kinds.flatMap((kind) =>
    readdirSync(join(store, kind))
      .filter((key) => !key.startsWith('.'))
      .map((key) => {
        const layer = { store, kind, key };
        const path = layerPath(layer);
        const usedAt = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
        return { ...layer, name: `${kind}/${key}`, bytes: sizeOf(layer), usedAt, needs: needsOf(layer) };
      }),
  );
}

function sizeOf(layer: Layer): number {
  if (layer.kind === 'objects') return sizeOfFolder(layerPath(layer));
  try {
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
    if (listLayers(store).some(({ needs }) => needs.includes(name))) return false;
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
      const isLeft = (): boolean => key !== name || !isComplete({ store, kind, key });
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
