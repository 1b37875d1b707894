import { fromMicros } from '@tributary/contract/moment';

import { proposeOwnState } from '../runs/propose.ts';
import { readOverdueRuns } from '../store/runs/runs-to-settle.ts';
import type { Transaction } from '../store/database/write.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** How long after its time a run that nobody took is called Late. */
const lateAfterSeconds = 15;
const batch = 100;

/** Calls runs Late that should have begun: nobody serves their queue, or all workers are busy. */
export function startLate(options: ServiceOptions): Service {
  return startLoop('late runs', options, async () => {
    while ((await options.write(markLate)) === batch);
  });
}

function markLate(tx: Transaction): number {
  const due = readOverdueRuns(tx, tx.now() - lateAfterSeconds * 1e6, batch);
  for (const { id, next_scheduled_start_time: time } of due) {
    const state_details = { scheduled_time: fromMicros(time) };
    proposeOwnState(tx, id, { type: 'SCHEDULED', name: 'Late', state_details });
  }
  return due.length;
}
