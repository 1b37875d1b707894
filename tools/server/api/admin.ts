import type { adminRoutes, Feature } from '@tributary/contract/routes/admin';
import { headers } from '@tributary/contract/routes/route';

import { checkReadable } from '../store/database/check-readable.ts';
import type { Handlers } from './handler.ts';

/** The version of Prefect whose protocol this server speaks. Prefect's Python client refuses another major version. */
const protocolVersion = '3.8.8';
/** The version of Prefect's REST API. */
const apiVersion = '0.8.4';
const features: Feature[] = ['claim', 'long-poll', 'interruptions', 'slots', 'waiting', 'ends', 'parent-ends', 'tree', 'apply'];

export const adminHandlers: Handlers<typeof adminRoutes> = {
  health: { read: (_database, _request, { boot }) => ({ status: 200, body: true, headers: { [headers.boot]: boot } }) },
  ready: {
    read: (database) => {
      checkReadable(database);
      return { status: 200, body: { message: 'OK' } };
    },
  },
  version: { read: () => ({ status: 200, body: apiVersion }) },
  adminVersion: { read: () => ({ status: 200, body: protocolVersion }) },
  adminStorage: { read: () => ({ status: 200, body: { default_result_storage_block_id: null } }) },
  readTributary: { read: (_database, _request, { version }) => ({ status: 200, body: { version, features } }) },
};
