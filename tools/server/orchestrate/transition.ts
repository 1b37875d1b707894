import type { OrchestrationResult } from '@tributary/contract/nouns/orchestration';
import type { State, StateDetails, StateProposal, StateType } from '@tributary/contract/nouns/state';

/** A state about to be written: complete but for id and timestamp. */
export interface DraftState {
  readonly type: StateType;
  readonly name: string;
  readonly message: string | null;
  readonly data: unknown;
  readonly state_details: StateDetails;
}

/** A state as the server made it. */
export type MadeState = State & { readonly type: StateType };

export interface Proposal {
  readonly state: StateProposal;
  /** skips the rules; the record is kept all the same */
  readonly force: boolean;
}

/** What one rule says. Nothing (undefined) means: no objection, ask the next one. */
export type RuleVerdict<Change> =
  | { readonly status: 'ABORT'; readonly reason: string }
  | { readonly status: 'WAIT'; readonly reason: string; readonly delaySeconds: number }
  /** `instead` is written in place of the proposed state; without it the run stays as it is */
  | { readonly status: 'REJECT'; readonly reason: string; readonly instead?: DraftState; readonly change?: Partial<Change> }
  /** goes on to the next rule with this draft and these changes */
  | { readonly status: 'ACCEPT'; readonly draft?: DraftState; readonly change?: Partial<Change> };

/** The body of set_state's answer; its state is the one that the run is in afterwards. */
export type ProposalAnswer = Omit<OrchestrationResult, 'state'> & { readonly state: State | null };
