import type { Caller } from './hold/acquire.ts';
import { prune } from './hold/prune.ts';
import { listStored, type StoredLayer } from './list-stored.ts';
import { explainingDisk } from './place/explain-disk.ts';
import type { Store } from './store.ts';
import { type Verified, verifyStore } from './verify-store.ts';

/** What people do with a store that code has been taken from. */
export interface Upkeep {
  /** Lists what the store has, the layers that were used last first. */
  list(): Promise<StoredLayer[]>;
  /**
   * Removes the layers that no process uses and no other layer needs. Waits for a worker that is cleaning up the store.
   * @param usedBefore layers that were used later stay, in milliseconds since 1970
   * @returns what was removed
   */
  prune(usedBefore: number, options?: Partial<Caller>): Promise<Pick<StoredLayer, 'kind' | 'key' | 'bytes'>[]>;
  /**
   * Reads all that the store has, and compares it with what was recorded when it was made.
   * @param options.repair whether to remove layers that aren't whole, so that the next take makes them anew. Layers in use stay @default false
   */
  verify(options?: Partial<Caller> & { readonly repair?: boolean }): Promise<Verified[]>;
}

/** @param env where git is */
export function upkeepOf({ dir }: Pick<Store, 'dir'>, env: NodeJS.ProcessEnv): Upkeep {
  return {
    list: () => explainingDisk(() => listStored(dir)),
    prune: async (usedBefore, { signal = new AbortController().signal, tell = () => undefined } = {}) => {
      const removed = await explainingDisk(() => prune(dir, { limit: null, usedBefore }, { signal, tell }));
      return removed.map(({ kind, key, bytes }) => ({ kind, key, bytes }));
    },
    verify: ({ repair = false, signal = new AbortController().signal, tell = () => undefined } = {}) =>
      explainingDisk(() => verifyStore(dir, { env, repair, signal, tell })),
  };
}
