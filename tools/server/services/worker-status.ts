import { fromMicros } from '@tributary/contract/moment';

import { settleSilent } from '../runs/settle-silent.ts';
import { readHeld } from '../store/runs/held-runs.ts';
import { readWorkers } from '../store/work-pools/workers.ts';
import type { Transaction } from '../store/database/write.ts';
import { createGrace } from './grace.ts';
import { isSilent } from './is-silent.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** Ends the runs of workers that no longer send heartbeats. */
export function startWorkerStatus(options: ServiceOptions): Service {
  const grace = createGrace(options.intervalMs);
  return startLoop('worker status', options, async () => {
    await options.write((tx) => settleSilentWorkers(tx, grace(tx.now())));
  });
}

function settleSilentWorkers(tx: Transaction, silenceSince: number): void {
  const held = readHeld(tx);
  if (held.length === 0) return;
  const workers = readWorkers(tx);
  const now = tx.now();
  for (const row of held) {
    const worker = workers.find(({ boot }) => boot === row.boot);
    const heard = worker?.last_heartbeat_time ?? row.state_timestamp;
    if (!isSilent(now, { heard, silenceSince, intervalSeconds: worker?.heartbeat_interval_seconds ?? 30 })) continue;
    const since = fromMicros(heard);
    settleSilent(
      tx,
      row,
      worker
        ? `Worker "${row.worker}" went silent: its last heartbeat came at ${since}.`
        : `Worker "${row.worker}" is gone: the server has no heartbeat from the process that claimed this run.`,
    );
  }
}
