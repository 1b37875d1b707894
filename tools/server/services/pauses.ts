import type { FlowRunId } from '@tributary/contract';
import { fromMicros } from '@tributary/contract/moment';

import { proposeOwnState } from '../runs/propose.ts';
import type { Transaction } from '../store/write.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** Fails runs that were paused or suspended, and that nobody has resumed in time. */
export function startPauses(options: ServiceOptions): Service {
  return startLoop('pauses', options, async () => {
    await options.write(failExpired);
  });
}

function failExpired(tx: Transaction): void {
  const expired = tx.all<{ id: FlowRunId }>(
    `SELECT r.id FROM flow_runs r JOIN flow_run_states s ON s.id = r.state_id
     WHERE r.state_type = 'PAUSED' AND json_extract(s.state_details, '$.pause_timeout') < ?`,
    fromMicros(tx.now()),
  );
  for (const { id } of expired) {
    const state = { type: 'FAILED', message: 'The flow was paused and never resumed.' } as const;
    proposeOwnState(tx, id, state, true);
  }
}
