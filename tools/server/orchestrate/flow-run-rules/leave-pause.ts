import { isTerminal } from '@tributary/contract/nouns/state';

import { draftState } from '../draft-state.ts';
import type { FlowRunRule } from './flow-run-rule.ts';

/** A paused run can only resume or end, and resuming isn't a new attempt. After the pause's timeout, the run fails instead. */
export const leavePause: FlowRunRule = ({ run, from, draft, context }) => {
  if (from?.type !== 'PAUSED' || draft.type === 'PAUSED') return undefined;
  // A paused run can be cancelled even after the pause's timeout, because that stops the waiting process.
  if (draft.type === 'CANCELLING') return undefined;
  if (draft.type !== 'RUNNING' && draft.type !== 'SCHEDULED' && !isTerminal(draft.type)) {
    return { status: 'REJECT', reason: `This run cannot transition to the ${draft.type} state from the PAUSED state.` };
  }
  const { pause_reschedule: suspended, pause_timeout: timeout } = from.state_details;
  if (suspended && !run.deployment_id) {
    return { status: 'REJECT', reason: 'Cannot reschedule a paused flow run without a deployment.' };
  }
  if (timeout && timeout < context.now) {
    return {
      status: 'REJECT',
      reason: 'The flow run pause has timed out and can no longer resume.',
      instead: draftState('FAILED', { message: 'The flow was paused and never resumed.' }),
    };
  }
  return { status: 'ACCEPT', change: { policy: { resuming: true } } };
};
