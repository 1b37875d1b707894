import { proposeOwnState, settleInsideRun } from '../runs/propose.ts';
import { readEndedUnsettled, readLateChildren, readStuckCancelling } from '../store/runs/runs-to-settle.ts';
import type { Transaction } from '../store/database/write.ts';
import { createGrace } from './grace.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** A run that has been in CANCELLING for this long becomes CANCELLED. */
const forceAfterSeconds = 300;
/** How long the last reports of an ended run may take to arrive. */
const reportSeconds = 30;
const batch = 100;

/**
 * Finishes what a cancelled or ended run left behind: children created after the cancel, runs whose worker never stopped them, and tasks
 * whose end was never reported.
 */
export function startCancellation(options: ServiceOptions): Service {
  const grace = createGrace(options.intervalMs);
  return startLoop('cancellation', options, async () => {
    await options.write(cancelLateChildren);
    await options.write((tx) => forceCancelled(tx, grace(tx.now())));
    await options.write(settleEnded);
  });
}

/** Cancels children created after their parent was cancelled. A child that has ended once was restarted by a person and is left alone. */
function cancelLateChildren(tx: Transaction): void {
  for (const id of readLateChildren(tx, batch)) {
    const state = { type: 'CANCELLING', message: 'The run that started this run was cancelled.' } as const;
    proposeOwnState(tx, id, state);
  }
}

/** @param silenceSince when a worker's silence began to count, from `createGrace` */
function forceCancelled(tx: Transaction, silenceSince: number): void {
  const before = tx.now() - forceAfterSeconds * 1e6;
  if (silenceSince > before) return;
  for (const id of readStuckCancelling(tx, before, batch)) {
    const message = `No worker confirmed within ${forceAfterSeconds} s that the run's process has stopped.`;
    proposeOwnState(tx, id, { type: 'CANCELLED', message });
  }
}

/** Ends tasks and child flows that ran in the process of an ended run but never reported their own end. */
function settleEnded(tx: Transaction): void {
  for (const id of readEndedUnsettled(tx, tx.now() - reportSeconds * 1e6, batch)) settleInsideRun(tx, id);
}
