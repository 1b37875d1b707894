import type { OrchestrationResult } from '@tributary/contract/nouns/orchestration';
import type { State, StateDetails, StateProposal, StateType } from '@tributary/contract/nouns/state';

/** A state without its id and timestamp. */
export interface DraftState {
  readonly type: StateType;
  readonly name: string;
  readonly message: string | null;
  readonly data: unknown;
  readonly state_details: StateDetails;
}

/** A state built by the server, whose type is one of Prefect's nine. */
export type MadeState = State & { readonly type: StateType };

export interface Proposal {
  readonly state: StateProposal;
  /** skips most rules; the record is updated all the same */
  readonly force: boolean;
}

/** The verdict of one rule. A rule that has no objection returns undefined. */
export type RuleVerdict<Change> =
  | { readonly status: 'ABORT'; readonly reason: string }
  | { readonly status: 'WAIT'; readonly reason: string; readonly delaySeconds: number }
  /** writes `instead` in place of the proposed state; if `instead` is absent, the run keeps its state */
  | { readonly status: 'REJECT'; readonly reason: string; readonly instead?: DraftState; readonly change?: Partial<Change> }
  /** goes on to the next rule, with this draft and these changes */
  | { readonly status: 'ACCEPT'; readonly draft?: DraftState; readonly change?: Partial<Change> };

/** The body of set_state's answer, with the state that the run is in afterwards. */
export type ProposalAnswer = Omit<OrchestrationResult, 'state'> & { readonly state: State | null };
