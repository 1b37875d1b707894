import { hasResult } from '../has-result.ts';
import type { FlowRunRule } from './flow-run-rule.ts';

/** COMPLETED with a result isn't overwritten by COMPLETED without one, even with `force`. */
export const keepCompletedResult: FlowRunRule = ({ from, draft }) =>
  from?.type === 'COMPLETED' && draft.type === 'COMPLETED' && hasResult(from.data) && !hasResult(draft.data)
    ? { status: 'REJECT', reason: 'Run is already COMPLETED with a result.' }
    : undefined;
