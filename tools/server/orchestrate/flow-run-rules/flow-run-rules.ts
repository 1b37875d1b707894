import { copyScheduledTime, waitForScheduledTime } from '../scheduled-time.ts';
import { cancelWithoutInfrastructure } from './cancel-without-infrastructure.ts';
import { fenceClaim } from './fence-claim.ts';
import { finishCancelling } from './finish-cancelling.ts';
import type { FlowRunRule } from './flow-run-rule.ts';
import { keepCompletedResult } from './keep-completed-result.ts';
import { keepSlot } from './keep-slot.ts';
import { keepTerminal } from './keep-terminal.ts';
import { leavePause } from './leave-pause.ts';
import { lockPending } from './lock-pending.ts';
import { markLate } from './mark-late.ts';
import { pause } from './pause.ts';
import { preventDuplicate } from './prevent-duplicate.ts';
import { refuseStaleOffer } from './refuse-stale-offer.ts';
import { retryFailed } from './retry-failed.ts';
import { takeSlot } from './take-slot.ts';

/** The rules of flow runs, in the order in which they apply. */
export const flowRunRules: readonly FlowRunRule[] = [
  preventDuplicate,
  fenceClaim,
  refuseStaleOffer,
  keepCompletedResult,
  keepTerminal,
  finishCancelling,
  cancelWithoutInfrastructure,
  lockPending,
  markLate,
  pause,
  leavePause,
  copyScheduledTime,
  waitForScheduledTime,
  keepSlot,
  takeSlot,
  retryFailed,
];

/** The rules that apply even with `force`. */
export const forcedFlowRunRules: readonly FlowRunRule[] = [fenceClaim, refuseStaleOffer, keepCompletedResult, cancelWithoutInfrastructure];
