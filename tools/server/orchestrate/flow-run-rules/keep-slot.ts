import type { LeaseId } from '@tributary/contract';

import { draftState } from '../draft-state.ts';
import type { FlowRunRule } from './flow-run-rule.ts';

/**
 * A run that begins renews the lease of its slot. If the lease lapsed since the claim, the run takes another slot; if none is free, it is
 * cancelled.
 */
export const keepSlot: FlowRunRule = ({ from, draft, facts: { concurrency, heldLease }, context }) => {
  if (from?.type !== 'PENDING' || draft.type !== 'RUNNING') return undefined;
  if (!from.state_details.deployment_concurrency_lease_id || !concurrency) return undefined;
  const { limitId, limit, activeSlots, leaseSeconds: seconds } = concurrency;
  if (heldLease) return { status: 'ACCEPT', change: { slot: { do: 'renew', lease: heldLease, seconds } } };
  if (activeSlots < limit) {
    return { status: 'ACCEPT', change: { slot: { do: 'take', limitId, lease: context.newId<LeaseId>(), seconds } } };
  }
  return {
    status: 'REJECT',
    reason: 'Deployment concurrency limit reached after lease expiry.',
    instead: draftState('CANCELLED', {
      message: 'The run lost its concurrency slot before it could begin, and no other slot is free.',
    }),
  };
};
