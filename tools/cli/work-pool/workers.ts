import { allPages } from '@tributary/contract/client/pages';
import type { Worker } from '@tributary/contract/nouns/work-pool';

import type { ApiClient } from '../engine/open.ts';

/** Reads the workers of a pool, including offline ones. */
export function readWorkers(client: ApiClient, pool: string): Promise<Worker[]> {
  return allPages((page) => client.filterWorkers({ path: { pool }, body: page }));
}
