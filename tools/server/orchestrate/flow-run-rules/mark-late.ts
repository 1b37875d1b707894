import type { FlowRunRule } from './flow-run-rule.ts';

/** Only a scheduled run can become Late. */
export const markLate: FlowRunRule = ({ from, draft }) =>
  from && from.type !== 'SCHEDULED' && draft.type === 'SCHEDULED' && draft.name === 'Late'
    ? { status: 'REJECT', reason: 'Only scheduled flows can be marked late.' }
    : undefined;
