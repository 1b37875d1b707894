import { parentEnded } from '../orchestrate/set-flow-run-state.ts';
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

/** Cancels children that should have been cancelled when their parent ended, but were created after that. */
function cancelLateChildren(tx: Transaction): void {
  for (const end of ['cancelled', 'failed'] as const) {
    const state = { type: 'CANCELLING', message: parentEnded[end] } as const;
    for (const id of readLateChildren(tx, end, batch)) proposeOwnState(tx, id, state);
  }
}

/** @param silenceSince the time from which a worker's silence counts, returned by the function from `createGrace` */
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
