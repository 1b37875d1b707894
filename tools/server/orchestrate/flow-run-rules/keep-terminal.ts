import { isTerminal } from '@tributary/contract/nouns/state';

import { hasResult } from '../has-result.ts';
import type { FlowRunRule } from './flow-run-rule.ts';

/**
 * A run that has ended can't be cancelled, paused or crashed. A claim is refused, too, because the worker was offered the run before the
 * run ended. A retry resets the policy's pause keys, and sets `retry_type` to `reschedule` if a worker has to start the run.
 */
export const keepTerminal: FlowRunRule = ({ run, from, draft }) => {
  if (!from || !isTerminal(from.type)) return undefined;
  if (draft.type === 'CANCELLING' || draft.type === 'PAUSED' || draft.type === 'CRASHED') {
    return { status: 'ABORT', reason: `Run is already in terminal state ${from.type}.` };
  }
  if (isTerminal(draft.type)) return undefined;
  if (from.type === 'COMPLETED' && hasResult(from.data)) return { status: 'REJECT', reason: 'Run is already COMPLETED.' };
  if (draft.type === 'PENDING') {
    return { status: 'ABORT', reason: `Run is already in terminal state ${from.type}: to run it again, schedule it.` };
  }
  if (draft.type === 'SCHEDULED' && !run.deployment_id) {
    return { status: 'ABORT', reason: 'Cannot reschedule a run without an associated deployment.' };
  }
  const retry_type = draft.type === 'SCHEDULED' ? 'reschedule' : null;
  return { status: 'ACCEPT', change: { policy: { resuming: false, pause_keys: [], retry_type } } };
};
