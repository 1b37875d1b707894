import { z } from 'zod';

import { event } from '../nouns/event.ts';
import { logCreate } from '../nouns/log.ts';
import { orchestrationResult } from '../nouns/orchestration.ts';
import { stateProposal } from '../nouns/state.ts';
import { table } from './route.ts';

/** The body of set_state. `force` skips the server's rules, but counters and times are still updated. */
export const stateChange = z.object({ state: stateProposal, force: z.boolean().default(false) });

/** The routes that a run host needs before user code runs. They have a table of their own so that the host starts fast. */
export const runReportRoutes = table({
  setFlowRunState: {
    method: 'POST',
    path: '/flow_runs/{id}/set_state',
    body: stateChange,
    answer: orchestrationResult,
    status: [201, 200],
  },
  createLogs: { method: 'POST', path: '/logs/', body: z.array(logCreate), status: [201], once: true },
  createEvents: { method: 'POST', path: '/events', body: z.array(event), status: [204] },
});
