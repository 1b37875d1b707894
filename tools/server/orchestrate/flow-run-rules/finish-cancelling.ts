import type { FlowRunRule } from './flow-run-rule.ts';

/** A run in CANCELLING can only become CANCELLED. */
export const finishCancelling: FlowRunRule = ({ from, draft }) =>
  from?.type === 'CANCELLING' && draft.type !== 'CANCELLED'
    ? { status: 'REJECT', reason: 'Cannot transition flows that are cancelling to a state other than Cancelled.' }
    : undefined;
