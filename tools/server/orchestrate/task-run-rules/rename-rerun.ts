import { isTerminal } from '@tributary/contract/nouns/state';

import type { TaskRunRule } from './task-run-rule.ts';

/** A second attempt says so in its name. One that follows an end is counted anew, and keeps its name. */
export const renameRerun: TaskRunRule = ({ run, from, draft }) => {
  if (draft.type !== 'RUNNING' || !from || isTerminal(from.type) || run.run_count === 0) return undefined;
  return { status: 'ACCEPT', draft: { ...draft, name: from.name === 'AwaitingRetry' ? 'Retrying' : 'Rerunning' } };
};
