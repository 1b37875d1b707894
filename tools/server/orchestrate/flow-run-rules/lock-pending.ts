import type { CarriedStateType } from '@tributary/contract/nouns/state';

import type { FlowRunRule } from './flow-run-rule.ts';

const locked: ReadonlySet<CarriedStateType> = new Set(['PENDING', 'RUNNING', 'CANCELLING', 'CANCELLED']);

/** The claim: of two workers that propose PENDING, one gets the run. A PENDING run may change its name, as submission goes on. */
export const lockPending: FlowRunRule = ({ from, draft }) => {
  if (draft.type !== 'PENDING' || !from || !locked.has(from.type)) return undefined;
  if (from.type === 'PENDING' && draft.name !== from.name && draft.name !== 'Pending') {
    const { scheduled_time } = from.state_details;
    return { status: 'ACCEPT', draft: { ...draft, state_details: { ...draft.state_details, scheduled_time } } };
  }
  return { status: 'ABORT', reason: `This run is in a ${from.type} state and cannot transition to a PENDING state.` };
};
