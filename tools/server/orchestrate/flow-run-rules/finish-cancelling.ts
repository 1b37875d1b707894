import type { FlowRunRule } from './flow-run-rule.ts';

/** From CANCELLING a run goes to CANCELLED, and nowhere else. */
export const finishCancelling: FlowRunRule = ({ from, draft }) =>
  from?.type === 'CANCELLING' && draft.type !== 'CANCELLED'
    ? { status: 'REJECT', reason: 'Cannot transition flows that are cancelling to a state other than Cancelled.' }
    : undefined;
