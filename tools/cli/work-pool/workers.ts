import { allPages } from '@tributary/contract/client/pages';
import { defaultPool, type WorkPool, type Worker } from '@tributary/contract/nouns/work-pool';

import type { ApiClient } from '../engine/open.ts';

/** The workers that a pool knows of, those that went away too. */
export function readWorkers(client: ApiClient, pool: string): Promise<Worker[]> {
  return allPages((page) => client.filterWorkers({ path: { pool }, body: page }));
}

/** The command that starts a worker of a pool, ours or Prefect's. */
export function workerCommand({ name, type }: Pick<WorkPool, 'name' | 'type'>): string {
  const ours = type === defaultPool.type;
  if (ours && name === defaultPool.name) return 'npx tributary worker start';
  return `${ours ? 'npx tributary' : 'prefect'} worker start --pool ${/^[\w.:-]+$/.test(name) ? name : JSON.stringify(name)}`;
}

/** Whether workers take a pool's runs: of some types Prefect Cloud starts them itself. */
export function takesWorkers({ type }: Pick<WorkPool, 'type'>): boolean {
  return !/:(push|managed)$/.test(type);
}
