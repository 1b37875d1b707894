import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { State, StateProposalInput } from '@tributary/contract/nouns/state';

/** A granted claim: this worker executes the run. */
export interface Claim {
  /** the accepted PENDING state */
  readonly state: State;
  /** the fencing token; null if the server has no fencing */
  readonly token: string | null;
}

/**
 * The outcome of a claim. `refused`: another worker has the run, or the run was cancelled, or the run waits for a slot. `offered anew`: the
 * run has another SCHEDULED state by now, for example Late, and the next poll offers the run in that state.
 */
export type ClaimResult = Claim | 'refused' | 'offered anew';

/** The proposal by which a worker claims a run. */
export interface ClaimProposal {
  readonly run: FlowRun;
  readonly state: StateProposalInput;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}
