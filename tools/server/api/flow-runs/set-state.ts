import { flowRunId } from '@tributary/contract';
import type { flowRunRoutes } from '@tributary/contract/routes/flow-runs';
import { headers } from '@tributary/contract/routes/route';

import { proposeFlowRunState } from '../../runs/propose.ts';
import type { Handler } from '../handler.ts';
import { noFlowRun } from '../refusal.ts';
import { readId } from '../request/read-id.ts';

/** The route `set_state`: proposes a state, which may claim the run, and answers with the decision. */
export const setFlowRunState: Handler<(typeof flowRunRoutes)['setFlowRunState']> = {
  write: (tx, { path, body, header }) => {
    const id = readId(flowRunId, path.id);
    const proposal = {
      ...body,
      claim: header(headers.claim) ?? null,
      worker: header(headers.worker) ?? null,
      boot: header(headers.boot) ?? null,
      offered: header(headers.offered) ?? null,
    };
    const decision = proposeFlowRunState(tx, id, proposal);
    if (!decision) throw noFlowRun(id);
    return {
      status: decision.state ? 201 : 200,
      body: decision.answer,
      ...(decision.claim === null ? {} : { headers: { [headers.claim]: decision.claim } }),
    };
  },
};
