import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { acquire, type Caller, type Lock } from './acquire.ts';
import { completePath, isComplete, type Layer, layerPath, lockPath, sizePath } from './layer.ts';
import { tryLock } from './lock.ts';
import { writeManifest } from './manifest.ts';
import { removeFolder } from './remove-folder.ts';
import { sealFolder } from './seal-folder.ts';

/** Keeps a layer from being removed. @returns a function that ends that; undefined if the layer isn't there, or is being made or removed */
export function holdLayer(layer: Layer): (() => void) | undefined {
  const unlock = peekLayer(layer);
  if (unlock) touch(layerPath(layer));
  return unlock;
}

/** Holds a layer as {@link holdLayer} does, but doesn't count as its use. */
export function peekLayer(layer: Layer): (() => void) | undefined {
  const unlock = tryLock(lockPath(layer.store, layer.kind, layer.key), 'shared');
  if (!unlock) return undefined;
  if (isComplete(layer)) return unlock;
  unlock();
  return undefined;
}

/**
 * Makes a layer unless it exists. It is made under another name and renamed, so no half-made layer is ever used.
 * @param make fills the folder
 * @returns a function that ends the hold on the layer
 */
export async function ensureLayer(
  layer: Layer,
  what: string,
  caller: Caller,
  make: (folder: string, lock: Lock) => Promise<void>,
): Promise<() => void> {
  for (;;) {
    const release = holdLayer(layer);
    if (release) return release;
    const lock = await acquire(lockPath(layer.store, layer.kind, layer.key), what, caller);
    try {
      if (!isComplete(layer)) await makeLayer(layer, (folder) => make(folder, lock));
    } finally {
      lock.release();
    }
  }
}

async function makeLayer(layer: Layer, make: (folder: string) => Promise<void>): Promise<void> {
  await removeLeftovers(layer);
  const final = layerPath(layer);
  const folder = layer.kind === 'python' ? final : join(layer.store, layer.kind, `.${layer.key}.${randomBytes(4).toString('hex')}`);
  try {
    mkdirSync(folder);
    await make(folder);
    if (layer.kind === 'python') writeFileSync(completePath(layer), '');
    writeFileSync(sizePath(layer), String(await sealFolder(folder)));
    await writeManifest(layer, folder);
    if (folder !== final) renameSync(folder, final);
    touch(final);
  } catch (error) {
    await removeFolder(folder).catch(() => undefined);
    throw error;
  }
}

/** Removes what a killed process left of a layer. The caller holds the layer's lock alone. */
async function removeLeftovers(layer: Layer): Promise<void> {
  const left = readdirSync(join(layer.store, layer.kind)).filter((name) => name.startsWith(`.${layer.key}.`));
  for (const name of left) await removeFolder(join(layer.store, layer.kind, name));
  if (layer.kind === 'python') await removeFolder(layerPath(layer));
}

function touch(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}
