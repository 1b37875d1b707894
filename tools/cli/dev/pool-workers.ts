import { createGate, through } from '@tributary/contract/gate';
import { defaultPool } from '@tributary/contract/nouns/work-pool';

/** The workers of `dev`. */
export interface PoolWorkers {
  /** starts a worker for each work pool that has none; called after each deployment, which may have created pools */
  serve(): Promise<void>;
  /** ends all workers */
  stop(): Promise<void>;
}

/** A worker that was started. */
interface Started {
  stop(): Promise<unknown>;
}

/**
 * Keeps a worker for each work pool of the server, because the deployments of a workspace may be in several pools. The default pool's worker
 * starts first, before anything is deployed.
 * @param readPools reads the names of the server's pools
 * @param start starts a worker for a pool
 */
export function createPoolWorkers(readPools: () => Promise<readonly string[]>, start: (pool: string) => Promise<Started>): PoolWorkers {
  const workers = new Map<string, Started>();
  const gate = createGate(1);
  let stopped = false;
  const startMissing = async (): Promise<void> => {
    for (const pool of new Set([defaultPool.name, ...(await readPools())])) {
      if (stopped) return;
      if (!workers.has(pool)) workers.set(pool, await start(pool));
    }
  };
  return {
    serve: () => through(gate, startMissing),
    async stop() {
      stopped = true;
      // A worker that is being started is ended too.
      await through(gate, () => Promise.all([...workers.values()].map((worker) => worker.stop())));
    },
  };
}
