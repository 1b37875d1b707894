import { allPages } from '@tributary/contract/client/pages';
import type { ConcurrencyLimit } from '@tributary/contract/nouns/concurrency';

import type { ApiClient } from '../engine/open.ts';
import { readNamed } from '../name/read-named.ts';

export function readLimits(client: ApiClient): Promise<ConcurrencyLimit[]> {
  return allPages((page) => client.filterConcurrencyLimits({ body: page }));
}

/** Finds a limit by name or id. @throws `not_found` with the name that was probably meant */
export function findLimit(client: ApiClient, wanted: string): Promise<ConcurrencyLimit> {
  return readNamed(
    'concurrency limit',
    wanted,
    () => client.readConcurrencyLimit({ path: { idOrName: wanted } }),
    () => readLimits(client),
    `Create it: npx tributary concurrency-limit create ${wanted} LIMIT`,
  );
}

/** Describes a limit: `2 at once`, `5, of which 0.5 become free each second`. */
export function limitText({ limit, slot_decay_per_second, active }: ConcurrencyLimit): string {
  const slots = slot_decay_per_second > 0 ? `${limit}, of which ${slot_decay_per_second} become free each second` : `${limit} at once`;
  return active ? slots : `${slots} (disabled)`;
}
