import type { FlowRunId } from '@tributary/contract/id';
import type { JsonObject } from '@tributary/contract/json';
import type { State, StateProposalInput } from '@tributary/contract/nouns/state';

/** The engine's part of `pause`, `suspend` and `resumeRun`. */
export interface PausePort {
  /** Proposes PAUSED after all queued logs and events were sent. */
  pause(run: FlowRunId, state: StateProposalInput): Promise<PauseAnswer>;
  /** Reports that this process is about to end, because its run was suspended from outside. @returns the run's state */
  endSuspended(run: FlowRunId, suspended: State): Promise<State>;
  /** @returns null if the run was deleted */
  readState(run: FlowRunId): Promise<State | null>;
  /** Stores a text under a key. @returns false if the key already has a text, which isn't replaced */
  keepInput(run: FlowRunId, key: string, value: string): Promise<boolean>;
  /** @returns undefined if nothing is stored under the key */
  readInput(run: FlowRunId, key: string): Promise<unknown>;
  forgetInput(run: FlowRunId, key: string): Promise<void>;
  /** @throws if the run can't be resumed */
  resume(run: FlowRunId, input: JsonObject | null): Promise<void>;
}

export type PauseAnswer =
  | { readonly paused: true; readonly state: State }
  /** The run was not paused. `state` is the run's state; null if the state is unknown. */
  | { readonly paused: false; readonly state: State | null; readonly reason: string };
