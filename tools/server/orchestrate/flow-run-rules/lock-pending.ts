import { hasProcess } from '@tributary/contract/nouns/flow-run';
import type { CarriedStateType } from '@tributary/contract/nouns/state';

import type { FlowRunRule } from './flow-run-rule.ts';

const locked: ReadonlySet<CarriedStateType> = new Set(['PENDING', 'RUNNING', 'CANCELLING', 'CANCELLED']);

/**
 * Decides who claims a run: if two workers propose PENDING, only one gets the run. A PENDING state may be renamed, for example to
 * Submitting. A run that waits for a retry within its process can't be claimed.
 */
export const lockPending: FlowRunRule = ({ run, from, draft }) => {
  if (draft.type !== 'PENDING' || !from) return undefined;
  if (from.type === 'SCHEDULED' && hasProcess(from, run.empirical_policy)) {
    return { status: 'ABORT', reason: 'This run waits for a retry within its process: no worker can claim it.' };
  }
  if (!locked.has(from.type)) return undefined;
  if (from.type === 'PENDING' && draft.name !== from.name && draft.name !== 'Pending') {
    const { scheduled_time } = from.state_details;
    return { status: 'ACCEPT', draft: { ...draft, state_details: { ...draft.state_details, scheduled_time } } };
  }
  return { status: 'ABORT', reason: `This run is in a ${from.type} state and cannot transition to a PENDING state.` };
};
