import { allPages } from '@tributary/contract/client/pages';
import type { Worker } from '@tributary/contract/nouns/work-pool';

import type { ApiClient } from '../engine/open.ts';

/** The workers that a pool knows of, those that went away too. */
export function readWorkers(client: ApiClient, pool: string): Promise<Worker[]> {
  return allPages((page) => client.filterWorkers({ path: { pool }, body: page }));
}
