import { allPages } from '@tributary/contract/client/pages';
import { isTributaryError } from '@tributary/contract/error';
import type { ConcurrencyLimit } from '@tributary/contract/nouns/concurrency';

import type { ApiClient } from '../engine/open.ts';
import { noSuch } from '../name/no-such.ts';

export function readLimits(client: ApiClient): Promise<ConcurrencyLimit[]> {
  return allPages((page) => client.filterConcurrencyLimits({ body: page }));
}

/** Finds a limit by name or id. @throws `not_found` with the name that was probably meant */
export async function findLimit(client: ApiClient, wanted: string): Promise<ConcurrencyLimit> {
  try {
    return (await client.readConcurrencyLimit({ path: { idOrName: wanted } })).data;
  } catch (error) {
    if (!isTributaryError(error, 'not_found')) throw error;
    const names = (await readLimits(client)).map(({ name }) => name);
    throw noSuch('concurrency limit', wanted, names, `Create it: npx tributary concurrency-limit create ${wanted} LIMIT`);
  }
}

/** Describes a limit: `2 at once`, `5, of which 0.5 come free each second`. */
export function limitText({ limit, slot_decay_per_second, active }: ConcurrencyLimit): string {
  const slots = slot_decay_per_second > 0 ? `${limit}, of which ${slot_decay_per_second} come free each second` : `${limit} at once`;
  return active ? slots : `${slots} (disabled)`;
}
