import { flowRunId } from '@tributary/contract';
import { hasEnded } from '@tributary/contract/nouns/flow-run';
import type { flowRunRoutes } from '@tributary/contract/routes/flow-runs';
import { headers } from '@tributary/contract/routes/route';

import { readFlowRun } from '../../store/runs/read-run.ts';
import type { Handler } from '../handler.ts';
import { notFound } from '../refusal.ts';
import { readId } from '../request/read-id.ts';
import { readWait } from '../request/read-wait.ts';

/**
 * A long poll for the end of one run. The run is read when the request comes, and again when a commit has ended or deleted it, so that many
 * waiting requests cost the database nothing.
 */
export const awaitFlowRunEnd: Handler<(typeof flowRunRoutes)['awaitFlowRunEnd']> = {
  serve: async ({ path, header, gone }, { store }) => {
    const id = readId(flowRunId, path.id);
    const until = Date.now() + readWait(header(headers.prefer));
    const signal = gone();
    for (;;) {
      const run = readFlowRun(store.database, id, Date.now() * 1000);
      if (!run) throw notFound('Flow run not found');
      const left = until - Date.now();
      if (hasEnded(run) || left <= 0 || store.waiters.closed || signal.aborted) return { status: 200, body: run };
      await store.waiters.next(`end:${id}`, left, signal);
    }
  },
};
