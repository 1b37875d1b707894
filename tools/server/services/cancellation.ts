import { proposeOwnState, settleInsideRun } from '../runs/propose.ts';
import { readEndedUnsettled, readLateChildren, readStuckCancelling } from '../store/runs/runs-to-settle.ts';
import type { Transaction } from '../store/database/write.ts';
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
  for (const id of readLateChildren(tx, batch)) {
    const state = { type: 'CANCELLING', message: 'The run that started it was cancelled.' } as const;
    proposeOwnState(tx, id, state);
  }
}

export function forceCancelled(tx: Transaction, silenceSince: number): void {
  const before = tx.now() - forceAfterSeconds * 1e6;
  if (silenceSince > before) return;
  for (const id of readStuckCancelling(tx, before, batch)) {
    const message = `Nobody confirmed within ${forceAfterSeconds} s that its process has stopped.`;
    proposeOwnState(tx, id, { type: 'CANCELLED', message });
  }
}

/** What ran inside a run that has ended, and whose own end was never reported. */
function settleEnded(tx: Transaction): void {
  for (const id of readEndedUnsettled(tx, tx.now() - reportSeconds * 1e6, batch)) settleInsideRun(tx, id);
}
