import type { FlowRunId } from '@tributary/contract/id';
import type { JsonObject } from '@tributary/contract/json';
import type { State, StateProposalInput } from '@tributary/contract/nouns/state';

/** What `pause`, `suspend` and `resumeRun` ask. */
export interface PausePort {
  /** Proposes PAUSED, once all that was reported is on the server. */
  pause(run: FlowRunId, state: StateProposalInput): Promise<PauseAnswer>;
  /** The process of a run that somebody else has suspended goes. @returns the state that the run is in */
  endSuspended(run: FlowRunId, suspended: State): Promise<State>;
  /** @returns null when the run was deleted */
  readState(run: FlowRunId): Promise<State | null>;
  /** Keeps a text under a key. @returns false when one is there already, which stays */
  keepInput(run: FlowRunId, key: string, value: string): Promise<boolean>;
  /** @returns undefined when there is none */
  readInput(run: FlowRunId, key: string): Promise<unknown>;
  forgetInput(run: FlowRunId, key: string): Promise<void>;
  /** @throws why not */
  resume(run: FlowRunId, input: JsonObject | null): Promise<void>;
}

export type PauseAnswer =
  | { readonly paused: true; readonly state: State }
  /** the state that it is in, null when that is unknown */
  | { readonly paused: false; readonly state: State | null; readonly reason: string };
