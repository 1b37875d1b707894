import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { type Kind, kinds, type Layer, layerPath, lockPath, sizePath } from './layer.ts';
import { tryLock } from './lock.ts';
import type { Held } from './pick-removal.ts';

/** A layer that is in the store. */
export interface HeldLayer extends Held, Layer {}

/** The links from one layer to another, by the layer that has them. */
const links: Partial<Record<Kind, readonly string[]>> = { trees: ['node_modules', '.venv'], frameworks: ['.packages'] };

/** To read this many layers takes a few milliseconds. A store may have thousands, and its worker has other work meanwhile. */
const atOnce = 100;

/** Lists the layers of a store, without those that are being made or removed. */
export async function listLayers(store: string): Promise<HeldLayer[]> {
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

/** Finds the layers that link to a layer, and those that link to these. */
export function dependentsOf({ name }: Held, layers: readonly HeldLayer[]): HeldLayer[] {
  const direct = layers.filter(({ needs }) => needs.includes(name));
  return [...new Set([...direct, ...direct.flatMap((one) => dependentsOf(one, layers))])];
}

/** True if a process on this machine uses the layer at this moment, makes it, or removes it. */
export function isInUse({ store, kind, key }: Layer): boolean {
  const unlock = tryLock(lockPath(store, kind, key), 'alone');
  unlock?.();
  return unlock === null;
}

/** @returns 0 if the size can't be read, or another process has removed the layer meanwhile */
function sizeOf(layer: Layer): number {
  try {
    if (layer.kind === 'objects') return sizeOfFolder(layerPath(layer));
    const text = readFileSync(sizePath(layer), 'utf8');
    // A damaged disk may have put anything there.
    return /^\d{1,15}$/.test(text) ? Number(text) : 0;
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
