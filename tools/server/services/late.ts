import { fromMicros } from '@tributary/contract/moment';

import { proposeOwnState } from '../runs/propose.ts';
import { readOverdueRuns } from '../store/runs/runs-to-settle.ts';
import type { Transaction } from '../store/database/write.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** A run that no worker has claimed this long after its scheduled time becomes Late. */
const lateAfterSeconds = 15;
const batch = 100;

/** Marks overdue runs as Late. The usual cause: no worker serves their work queue, or all of its workers are busy. */
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
