import { allPages } from '@tributary/contract/client/pages';
import { defaultPool, type WorkPool, type Worker } from '@tributary/contract/nouns/work-pool';

import type { ApiClient } from '../engine/open.ts';

/** Reads the workers of a pool, including offline ones. */
export function readWorkers(client: ApiClient, pool: string): Promise<Worker[]> {
  return allPages((page) => client.filterWorkers({ path: { pool }, body: page }));
}

/** The command that starts a worker for a pool: `tributary` for pools of Tributary's type, `prefect` for all others. */
export function workerCommand({ name, type }: Pick<WorkPool, 'name' | 'type'>): string {
  const ours = type === defaultPool.type;
  if (ours && name === defaultPool.name) return 'npx tributary worker start';
  return `${ours ? 'npx tributary' : 'prefect'} worker start --pool ${/^[\w.:-]+$/.test(name) ? name : JSON.stringify(name)}`;
}

/** Whether a pool needs workers. Prefect Cloud itself starts the runs of some types of pools. */
export function takesWorkers({ type }: Pick<WorkPool, 'type'>): boolean {
  return !/:(push|managed)$/.test(type);
}
