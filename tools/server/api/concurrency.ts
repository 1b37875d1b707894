import type { concurrencyRoutes } from '@tributary/contract/routes/concurrency';

import { type ConcurrencyLimitRow, concurrencyLimitOf, selectConcurrencyLimits } from '../store/rows/concurrency-limit.ts';
import type { Handlers } from './handling.ts';
import { notFound, Refusal } from './refusal.ts';

export const concurrencyHandlers: Handlers<Pick<typeof concurrencyRoutes, 'readConcurrencyLimit' | 'renewLease'>> = {
  readConcurrencyLimit: {
    read: (database, { path }) => {
      const row = database.get<ConcurrencyLimitRow>(
        `${selectConcurrencyLimits} WHERE l.id = ? OR l.name = ?`,
        path.idOrName.toLowerCase(),
        path.idOrName,
      );
      if (!row) throw notFound(`Concurrency limit "${path.idOrName}" not found`);
      return { status: 200, body: concurrencyLimitOf(row) };
    },
  },
  renewLease: {
    write: (tx, { path, body }) => {
      const now = tx.now();
      const expires = now + Math.round(body.lease_duration * 1e6);
      const renewed = tx.run('UPDATE leases SET expires = ? WHERE id = ? AND expires > ?', expires, path.id.toLowerCase(), now);
      if (renewed === 0) throw new Refusal(410, { detail: 'Lease not found: it has lapsed, or its slots were given back.' });
      return { status: 200, body: null };
    },
  },
};
