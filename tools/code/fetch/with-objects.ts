import { type Gate, through } from '@tributary/contract/gate';

import { keyOf } from '../code.ts';
import { acquire, type Caller, type Lock } from '../hold/acquire.ts';
import { layerPath, lockPath } from '../hold/layer.ts';

export interface ObjectsOptions extends Caller {
  readonly store: string;
  /** lets one user of the repository in at a time in this process, so that only processes wait for each other's locks */
  readonly gate: Gate;
}

/**
 * Works on the objects of a repository while nobody else does.
 * @param what the work, for those who wait
 */
export function withObjects<Result>(
  repository: string,
  what: string,
  options: ObjectsOptions,
  work: (folder: string, lock: Lock) => Promise<Result>,
): Promise<Result> {
  return through(options.gate, async () => {
    const layer = { store: options.store, kind: 'objects', key: keyOf(repository) } as const;
    const lock = await acquire(lockPath(layer.store, layer.kind, layer.key), what, options);
    try {
      return await work(layerPath(layer), lock);
    } finally {
      lock.release();
    }
  });
}
