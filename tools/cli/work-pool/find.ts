import { allPages } from '@tributary/contract/client/pages';
import { isTributaryError } from '@tributary/contract/error';
import type { WorkPool } from '@tributary/contract/nouns/work-pool';

import type { ApiClient } from '../engine/open.ts';
import { noSuch } from '../name/no-such.ts';

export function readPools(client: ApiClient): Promise<WorkPool[]> {
  return allPages((page) => client.filterWorkPools({ body: page }));
}

/** @throws `not_found` with the name that was probably meant */
export async function findPool(client: ApiClient, name: string): Promise<WorkPool> {
  try {
    return (await client.readWorkPool({ path: { pool: name } })).data;
  } catch (error) {
    if (!isTributaryError(error, 'not_found')) throw error;
    const names = (await readPools(client)).map((pool) => pool.name);
    throw noSuch('work pool', name, names, '"tributary work-pool ls" lists them.');
  }
}

export function limitText(limit: number | null | undefined, none: string): string {
  return limit === null || limit === undefined ? none : String(limit);
}
