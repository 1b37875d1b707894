import { isTerminal } from '@tributary/contract/nouns/state';

import { hasResult } from '../has-result.ts';
import type { TaskRunRule } from './task-run-rule.ts';

/** A task that has ended stays so, unless it has no result; when its flow is in a later attempt, running again is called Retrying. */
export const keepTerminal: TaskRunRule = ({ run, from, draft, flowRun }) => {
  if (!from || !isTerminal(from.type)) return undefined;
  if (draft.type === 'CANCELLING' || draft.type === 'PAUSED' || draft.type === 'CRASHED') {
    return { status: 'ABORT', reason: `Run is already ${from.type}.` };
  }
  if (from.type === 'COMPLETED' && hasResult(from.data)) return { status: 'REJECT', reason: 'This run is already completed.' };
  const again = draft.type === 'RUNNING' && flowRun && run.flow_run_run_count < flowRun.run_count;
  return again ? { status: 'ACCEPT', draft: { ...draft, name: 'Retrying' } } : undefined;
};
