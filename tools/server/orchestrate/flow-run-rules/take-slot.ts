import type { LeaseId } from '@tributary/contract';
import type { CarriedStateType } from '@tributary/contract/nouns/state';
import { addSeconds } from '@tributary/contract/time';

import { draftState } from '../draft-state.ts';
import type { FlowRunRule } from './flow-run-rule.ts';

/** If the deployment's limit is full, the run is offered again after this many seconds at the latest. */
const waitSeconds = 30;

const holding: ReadonlySet<CarriedStateType> = new Set(['PENDING', 'RUNNING', 'CANCELLING']);

/** A claim takes a slot of the deployment's limit, before anything is started for the run. */
export const takeSlot: FlowRunRule = ({ from, draft, facts: { concurrency, heldLease }, context }) => {
  if (draft.type !== 'PENDING' || (from && holding.has(from.type)) || !concurrency || heldLease) return undefined;
  const { limitId, limit, activeSlots, strategy, leaseSeconds: seconds } = concurrency;
  if (limit === 0) {
    return { status: 'ABORT', reason: 'The deployment concurrency limit is 0. The flow will deadlock if submitted again.' };
  }
  if (activeSlots < limit) {
    return { status: 'ACCEPT', change: { slot: { do: 'take', limitId, lease: context.newId<LeaseId>(), seconds } } };
  }
  const reason = 'Deployment concurrency limit reached.';
  if (strategy === 'CANCEL_NEW') {
    return { status: 'REJECT', reason, instead: draftState('CANCELLED', { message: reason }) };
  }
  const details = { scheduled_time: addSeconds(context.now, waitSeconds) };
  return { status: 'REJECT', reason, instead: draftState('SCHEDULED', { name: 'AwaitingConcurrencySlot', details }) };
};
