import { type Code, keyOf } from './code.ts';
import type { Kind } from './hold/layer.ts';
import { dependentsOf, type HeldLayer, isInUse, listLayers } from './hold/layers.ts';
import { listCode } from './tree/commits.ts';

/** A layer of the store, and what it is for. */
export interface StoredLayer {
  readonly kind: Kind;
  readonly key: string;
  readonly bytes: number;
  /** milliseconds since 1970 */
  readonly usedAt: number;
  /** whether a process on this machine uses it, or a layer that links to it */
  readonly inUse: boolean;
  /** the code that needs it; none if an older version of the store has made it, or nothing needs it any more */
  readonly code: readonly Code[];
}

/** Lists what a store has, the layers that were used last first. */
export async function listStored(store: string): Promise<StoredLayer[]> {
  const layers = await listLayers(store);
  const code = listCode(store);
  const all = [...code.values()].flat();
  const used = new Set(layers.filter(isInUse));
  return layers
    .map((layer) => {
      const { kind, key, bytes, usedAt } = layer;
      const its = [layer, ...dependentsOf(layer, layers)];
      const inUse = its.some((one) => used.has(one));
      return { kind, key, bytes, usedAt, inUse, code: kind === 'objects' ? ofRepository(all, key) : codeOf(its, code) };
    })
    .toSorted((one, other) => other.usedAt - one.usedAt);
}

function codeOf(layers: readonly HeldLayer[], code: ReadonlyMap<string, readonly Code[]>): Code[] {
  return layers.flatMap(({ kind, key }) => (kind === 'trees' ? (code.get(key) ?? []) : []));
}

function ofRepository(code: readonly Code[], key: string): Code[] {
  return code.filter(({ repository }) => keyOf(repository) === key);
}
