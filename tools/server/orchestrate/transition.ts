import type { LeaseId, StateId } from '@tributary/contract';
import type { OrchestrationStatus } from '@tributary/contract/nouns/orchestration';
import type { State, StateDetails, StateProposal, StateType } from '@tributary/contract/nouns/state';
import type { Timestamp } from '@tributary/contract/time';

/** What a decision needs beside the data: the moment, and where ids come from. */
export interface Now {
  readonly now: Timestamp;
  readonly newId: <Id extends StateId | LeaseId>() => Id;
}

/** A state on its way into the books: complete but for id and timestamp. */
export interface DraftState {
  readonly type: StateType;
  readonly name: string;
  readonly message: string | null;
  readonly data: unknown;
  readonly state_details: StateDetails;
}

/** What one rule says. Nothing (undefined) means: no objection, ask the next one. */
export type Verdict<Change> =
  | { readonly status: 'ABORT'; readonly reason: string }
  | { readonly status: 'WAIT'; readonly reason: string; readonly delaySeconds: number }
  /** `instead` is written in place of the proposed state; without it the run stays as it is */
  | { readonly status: 'REJECT'; readonly reason: string; readonly instead?: DraftState; readonly change?: Change }
  /** goes on to the next rule with the draft or the change */
  | { readonly status: 'ACCEPT'; readonly draft?: DraftState; readonly change?: Change };

/** The body of set_state's answer, and what it takes to make it true. */
export interface Answer {
  readonly status: OrchestrationStatus;
  readonly details: { readonly type: string; readonly reason?: string; readonly delay_seconds?: number };
  /** the state the run is in afterwards */
  readonly state: State | null;
}

export interface Proposal {
  readonly state: StateProposal;
  /** skips the rules, not the books */
  readonly force: boolean;
}
