import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { State, StateProposalInput } from '@tributary/contract/nouns/state';

/** A run that is this worker's to execute. */
export interface Claim {
  /** the accepted state */
  readonly state: State;
  /** the fencing token; null where the server has none */
  readonly token: string | null;
}

/**
 * What became of a claim. Refused: another worker has the run, it was cancelled, or it waits for a slot. Offered anew: the run only waits in
 * another state now, and the next poll offers it in that state.
 */
export type ClaimResult = Claim | 'refused' | 'offered anew';

/** The proposal by which a worker claims a run. */
export interface ClaimProposal {
  readonly run: FlowRun;
  readonly state: StateProposalInput;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}
