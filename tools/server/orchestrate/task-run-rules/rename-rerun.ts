import { isTerminal } from '@tributary/contract/nouns/state';

import type { TaskRunRule } from './task-run-rule.ts';

/** Names a further attempt Retrying or Rerunning. An attempt after the task run's end counts as a first attempt and isn't renamed. */
export const renameRerun: TaskRunRule = ({ run, from, draft }) => {
  if (draft.type !== 'RUNNING' || !from || isTerminal(from.type) || run.run_count === 0) return undefined;
  return { status: 'ACCEPT', draft: { ...draft, name: from.name === 'AwaitingRetry' ? 'Retrying' : 'Rerunning' } };
};
