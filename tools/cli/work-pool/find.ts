import { allPages } from '@tributary/contract/client/pages';
import type { WorkPool } from '@tributary/contract/nouns/work-pool';

import type { ApiClient } from '../engine/open.ts';
import { readNamed } from '../name/read-named.ts';

export function readPools(client: ApiClient): Promise<WorkPool[]> {
  return allPages((page) => client.filterWorkPools({ body: page }));
}

/** @throws `not_found` with the name that was probably meant */
export function findPool(client: ApiClient, name: string): Promise<WorkPool> {
  return readNamed(
    'work pool',
    name,
    () => client.readWorkPool({ path: { pool: name } }),
    () => readPools(client),
    '"tributary work-pool ls" lists all work pools.',
  );
}

export function poolLimitText(limit: number | null | undefined, none: string): string {
  return limit === null || limit === undefined ? none : String(limit);
}
