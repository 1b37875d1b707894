import { TributaryError } from '@tributary/contract/error';
import type { Timestamp } from '@tributary/contract/moment';
import type { DeploymentName } from '@tributary/contract/name';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { State } from '@tributary/contract/nouns/state';
import type { JsonObject } from '@tributary/contract/json';

/** What one call of runDeployment asks for, read and checked. */
export interface DeploymentCall {
  readonly deploymentId: string;
  readonly name: DeploymentName;
  readonly parameters: JsonObject;
  /** seconds; null waits for ever */
  readonly timeout: number | null;
  /** seconds; null: short at first, then longer */
  readonly pollInterval: number | null;
  readonly tags: readonly string[];
  readonly scheduledTime: Timestamp | null;
  readonly idempotencyKey: string | null;
  readonly asSubflow: boolean;
  readonly flowRunName: string | null;
  readonly jobVariables: JsonObject | null;
}

/** A run of a deployment, as last read. */
export type DeploymentRun = FlowRun & { readonly state: State };

/** @throws `bad_answer` for a run without a state */
export function withState(run: FlowRun): DeploymentRun {
  if (run.state) return { ...run, state: run.state };
  throw new TributaryError('bad_answer', `The server sent flow run "${run.name}" (${run.id}) without its state.`);
}
