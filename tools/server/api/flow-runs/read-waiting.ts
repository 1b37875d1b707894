import type { flowRunRoutes } from '@tributary/contract/routes/flow-runs';

import type { Handler } from '../handler.ts';

/**
 * Says why runs wait. The reader's thread answers. This thread sees only the database, so the requests that are waiting for slots are
 * passed to it.
 */
export const readWaiting: Handler<(typeof flowRunRoutes)['readWaiting']> = {
  serve: async ({ body }, { reader, slotWaits }) => ({
    status: 200,
    text: await reader.query('explainWaits', { ids: body.ids, slotWaits: slotWaits.current() }),
  }),
};
