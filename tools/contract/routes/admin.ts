import { z } from 'zod';

import { table } from './route.ts';

/**
 * What a Tributary server can do beyond the protocol. With the feature `slots`, a request for slots waits for free slots, for at most the
 * time in the header `Prefer`. With `ends`, a request for a run waits for the run's end. With `parent-ends`, the server acts on the label
 * `tributary.on-parent-end`. With `tree`, the server gives a run with its tasks and descendants, and finds runs by the beginning of their id. With
 * `apply`, the server applies many deployments in one transaction.
 * Other servers answer 404 to `GET /tributary`.
 */
export const feature = z.enum(['claim', 'long-poll', 'interruptions', 'slots', 'waiting', 'ends', 'parent-ends', 'tree', 'apply']);
export type Feature = z.output<typeof feature>;

export const adminRoutes = table({
  health: { method: 'GET', path: '/health', answer: z.literal(true), status: [200] },
  ready: { method: 'GET', path: '/ready', answer: z.object({ message: z.string() }), status: [200] },
  version: { method: 'GET', path: '/version', answer: z.string(), status: [200] },
  adminVersion: { method: 'GET', path: '/admin/version', answer: z.string(), status: [200] },
  adminStorage: {
    method: 'GET',
    path: '/admin/storage',
    answer: z.object({ default_result_storage_block_id: z.null() }),
    status: [200],
  },
  readTributary: {
    method: 'GET',
    path: '/tributary',
    answer: z.object({ version: z.string(), features: z.array(z.string()) }),
    status: [200],
  },
});
