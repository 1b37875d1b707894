import { existsSync } from 'node:fs';

import { verifyObjects } from './fetch/verify-objects.ts';
import { acquire, type Caller } from './hold/acquire.ts';
import { peekLayer } from './hold/ensure-layer.ts';
import { type Kind, type Layer, layerPath, lockPath } from './hold/layer.ts';
import { type HeldLayer, listLayers } from './hold/layers.ts';
import { compareLayer, type Difference } from './hold/manifest.ts';
import { removeDamaged } from './hold/remove-layer.ts';

/** What a check of a layer found. */
export interface Verified {
  readonly kind: Kind;
  readonly key: string;
  /** `unproven`: there is no record of its content, because an older version of the store has made it, or the record itself is damaged */
  readonly condition: 'whole' | 'damaged' | 'unproven';
  /** what is wrong, such as `ints/shop/flow.ts was changed` */
  readonly problems: readonly string[];
  /** whether it was removed, so that the next take makes it anew */
  readonly removed: boolean;
}

export interface VerifyOptions extends Caller {
  readonly env: NodeJS.ProcessEnv;
  /** whether layers that aren't whole are removed, unless a process uses them */
  readonly repair: boolean;
}

/** Reads all that a store has, and compares it with what was recorded when it was made. */
export async function verifyStore(store: string, { env, repair, signal, tell }: VerifyOptions): Promise<Verified[]> {
  const found: Verified[] = [];
  for (const layer of await listLayers(store)) {
    signal.throwIfAborted();
    const { kind, key } = layer;
    const checked = await check(layer, { env, signal, tell });
    if (!checked) continue;
    const removed = repair && checked.condition !== 'whole' && (await removeDamaged(layer));
    found.push({ kind, key, ...checked, removed });
  }
  return found;
}

type Checked = Pick<Verified, 'condition' | 'problems'>;

/** @returns undefined if the layer was removed meanwhile */
async function check(layer: HeldLayer, { env, signal, tell }: Omit<VerifyOptions, 'repair'>): Promise<Checked | undefined> {
  if (layer.kind === 'objects') {
    const path = lockPath(layer.store, layer.kind, layer.key);
    const lock = await acquire(path, 'verifying the objects of a repository', { signal, tell });
    try {
      if (!existsSync(layerPath(layer))) return undefined;
      return judge(await verifyObjects(layerPath(layer), lock, { env, signal }));
    } finally {
      lock.release();
    }
  }
  const differences = await compareHeld(layer);
  if (differences === 'gone') return undefined;
  return differences ? judge(differences.map(({ path, change }) => `${path} ${phrases[change]}`)) : { condition: 'unproven', problems: [] };
}

function judge(problems: readonly string[]): Checked {
  return { condition: problems.length > 0 ? 'damaged' : 'whole', problems };
}

/**
 * Compares a layer that can't be removed meanwhile, without counting as its use.
 * @returns 'gone' if there is no such layer any more; undefined if it has no record
 */
async function compareHeld(layer: Layer): Promise<Difference[] | undefined | 'gone'> {
  const release = peekLayer(layer);
  if (!release) return 'gone';
  try {
    return await compareLayer(layer);
  } finally {
    release();
  }
}

const phrases: Readonly<Record<Difference['change'], string>> = {
  added: 'was added',
  changed: 'was changed',
  missing: 'is missing',
};
