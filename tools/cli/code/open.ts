import { shortHash } from '@tributary/contract/short-hash';
import { openStore, type StoredLayer, type Upkeep, upkeepOf } from '@tributary/code';

import type { Call } from '../command/call.ts';

/** Opens the store of code on this machine, which the workers of this user have filled. */
export function openCode({ env }: Call): { readonly folder: string; readonly upkeep: Upkeep } {
  const store = openStore({ env });
  return { folder: store.dir, upkeep: upkeepOf(store, env) };
}

const nouns: Readonly<Record<StoredLayer['kind'], string>> = {
  trees: 'tree',
  frameworks: 'framework',
  packages: 'packages',
  python: 'python',
  objects: 'objects',
};

/** Names a layer in a table or a sentence: `tree 1a2b3c4d5e6f`. */
export function layerName({ kind, key }: Pick<StoredLayer, 'kind' | 'key'>): string {
  return `${nouns[kind]} ${shortHash(key)}`;
}

/** `1 layer`, `2 layers` */
export function layerCount(count: number): string {
  return `${count} ${count === 1 ? 'layer' : 'layers'}`;
}

export function bytesOf(layers: readonly { readonly bytes: number }[]): number {
  return layers.reduce((sum, { bytes }) => sum + bytes, 0);
}
