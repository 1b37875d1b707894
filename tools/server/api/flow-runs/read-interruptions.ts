import type { flowRunRoutes } from '@tributary/contract/routes/flow-runs';
import { headers } from '@tributary/contract/routes/route';

import { readInterruptions as readAllInterruptions } from '../../store/runs/read-interruptions.ts';
import type { Handler } from '../handler.ts';
import { readWait } from '../request/read-wait.ts';

/** A long poll. The answer lists the worker's runs that others have cancelled or paused, without states that the worker already knows. */
export const readInterruptions: Handler<(typeof flowRunRoutes)['readInterruptions']> = {
  serve: async ({ body, header, gone }, { store }) => {
    const known = new Set(body.known);
    const until = Date.now() + readWait(header(headers.prefer));
    const signal = gone();
    for (;;) {
      const found = readAllInterruptions(store.database, body.worker, body.boot).filter(({ state_id }) => !known.has(state_id));
      const left = until - Date.now();
      if (found.length > 0 || left <= 0 || store.waiters.closed || signal.aborted) return { status: 200, body: found };
      await store.waiters.next('interruptions', left, signal);
    }
  },
};
