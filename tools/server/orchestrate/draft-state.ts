import type { StateId } from '@tributary/contract';
import { defaultStateName, type State, type StateDetails, type StateProposal, type StateType } from '@tributary/contract/nouns/state';
import { fromMicros, type Timestamp, toMicros } from '@tributary/contract/time';

import type { DraftState, MadeState } from './transition.ts';

/** Builds a state, with defaults for what is absent. */
export function draftState(
  type: StateType,
  given: { readonly name?: string; readonly message?: string | null; readonly data?: unknown; readonly details?: StateDetails } = {},
): DraftState {
  const { name = defaultStateName(type), message = null, data = null, details = {} } = given;
  return { type, name, message, data, state_details: details };
}

/** Completes a client's proposal. A SCHEDULED state without a time is due now. */
export function draftOf(proposal: StateProposal, now: Timestamp): DraftState {
  const details = proposal.state_details ?? {};
  return draftState(proposal.type, {
    name: proposal.name ?? defaultStateName(proposal.type),
    message: proposal.message ?? null,
    data: proposal.data ?? null,
    details: proposal.type === 'SCHEDULED' ? { ...details, scheduled_time: details.scheduled_time ?? now } : details,
  });
}

/** The state to write. Its timestamp is later than that of the previous state, even if the clock has gone back. */
export function writtenState(
  draft: DraftState,
  from: State | null,
  made: { readonly id: StateId; readonly now: Timestamp; readonly details: StateDetails },
): MadeState {
  const timestamp = from && made.now <= from.timestamp ? fromMicros(toMicros(from.timestamp) + 1) : made.now;
  return { ...draft, id: made.id, timestamp, state_details: { ...draft.state_details, ...made.details } };
}
