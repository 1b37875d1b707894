import { copyScheduledTime, waitForScheduledTime } from '../scheduled-time.ts';
import { keepTerminal } from './keep-terminal.ts';
import { needRunningFlow } from './need-running-flow.ts';
import { renameRerun } from './rename-rerun.ts';
import { retryFailed } from './retry-failed.ts';
import type { TaskRunRule } from './task-run-rule.ts';

/** The rules of task runs, in the order in which they apply. `force` skips them all. */
export const taskRunRules: readonly TaskRunRule[] = [
  keepTerminal,
  needRunningFlow,
  copyScheduledTime,
  waitForScheduledTime,
  retryFailed,
  renameRerun,
];
