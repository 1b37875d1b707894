import type { FlowRunId } from '@tributary/contract';

import { proposeOwnState, settleInsideRun } from '../runs/propose.ts';
import { unfinished } from '../store/unfinished.ts';
import type { Transaction } from '../store/write.ts';
import { createGrace } from './grace.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** A run that nobody has stopped after so long in CANCELLING is called CANCELLED. */
const forceAfterSeconds = 300;
/** How long the last reports of a run that has ended may be on their way. */
const reportSeconds = 30;
const batch = 100;

/** Finishes what cancelling and ending left: children that came too late to be reached, runs that nobody stops, tasks that nobody ended. */
export function startCancellation(options: ServiceOptions): Service {
  const grace = createGrace(options.intervalMs);
  return startLoop('cancellation', options, async () => {
    await options.write(cancelLateChildren);
    await options.write((tx) => forceCancelled(tx, grace(tx.now())));
    await options.write(settleEnded);
  });
}

/** Children created after their parent was cancelled. One that has ended before was sent to work again by a person, and is left alone. */
function cancelLateChildren(tx: Transaction): void {
  const children = tx.all<{ id: FlowRunId }>(
    `SELECT r.id FROM flow_runs r JOIN task_runs t ON t.id = r.parent_task_run_id JOIN flow_runs p ON p.id = t.flow_run_id
     WHERE r.state_type IN ${unfinished} AND r.state_type <> 'CANCELLING' AND r.parent_task_run_id IS NOT NULL
       AND p.state_type IN ('CANCELLING', 'CANCELLED') AND r.created > p.state_timestamp
       AND NOT EXISTS (SELECT 1 FROM flow_run_states s WHERE s.flow_run_id = r.id AND s.type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'))
     LIMIT ?`,
    batch,
  );
  for (const { id } of children) {
    const state = { type: 'CANCELLING', message: 'The run that started it was cancelled.' } as const;
    proposeOwnState(tx, id, state);
  }
}

export function forceCancelled(tx: Transaction, silenceSince: number): void {
  const before = tx.now() - forceAfterSeconds * 1e6;
  if (silenceSince > before) return;
  const stuck = tx.all<{ id: FlowRunId }>(
    "SELECT id FROM flow_runs WHERE state_type = 'CANCELLING' AND state_timestamp < ? LIMIT ?",
    before,
    batch,
  );
  for (const { id } of stuck) {
    const message = `Nobody confirmed within ${forceAfterSeconds} s that its process has stopped.`;
    proposeOwnState(tx, id, { type: 'CANCELLED', message });
  }
}

/** What ran inside a run that has ended, and whose own end was never reported. */
function settleEnded(tx: Transaction): void {
  const ended = tx.all<{ id: FlowRunId }>(
    // CROSS JOIN: begins with the few tasks that are unfinished, by their index, not with all runs that have ended.
    `SELECT DISTINCT p.id FROM task_runs t CROSS JOIN flow_runs p ON p.id = t.flow_run_id
     WHERE t.state_type IN ${unfinished} AND p.state_type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED') AND p.end_time < ?
       AND NOT EXISTS (SELECT 1 FROM flow_runs r WHERE r.parent_task_run_id = t.id AND (r.deployment_id IS NOT NULL OR r.claim IS NOT NULL))
     LIMIT ?`,
    tx.now() - reportSeconds * 1e6,
    batch,
  );
  for (const { id } of ended) settleInsideRun(tx, id);
}
