import { hasResult } from '../has-result.ts';
import type { FlowRunRule } from './flow-run-rule.ts';

/** COMPLETED with a result is not overwritten by COMPLETED without one, not even by force. */
export const keepCompletedResult: FlowRunRule = ({ from, draft }) =>
  from?.type === 'COMPLETED' && draft.type === 'COMPLETED' && hasResult(from.data) && !hasResult(draft.data)
    ? { status: 'REJECT', reason: 'Run is already COMPLETED with a result.' }
    : undefined;
