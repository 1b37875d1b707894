import { isTerminal } from '@tributary/contract/nouns/state';

import { hasResult } from '../has-result.ts';
import type { TaskRunRule } from './task-run-rule.ts';

/**
 * A task run that has ended can't be cancelled, paused or crashed. A task run that completed with a result can't run again. If a task run
 * runs again in a later attempt of its flow, its state is named Retrying.
 */
export const keepTerminal: TaskRunRule = ({ run, from, draft, flowRun }) => {
  if (!from || !isTerminal(from.type)) return undefined;
  if (draft.type === 'CANCELLING' || draft.type === 'PAUSED' || draft.type === 'CRASHED') {
    return { status: 'ABORT', reason: `Run is already ${from.type}.` };
  }
  if (from.type === 'COMPLETED' && hasResult(from.data)) return { status: 'REJECT', reason: 'This run is already completed.' };
  const again = draft.type === 'RUNNING' && flowRun && run.flow_run_run_count < flowRun.run_count;
  return again ? { status: 'ACCEPT', draft: { ...draft, name: 'Retrying' } } : undefined;
};
