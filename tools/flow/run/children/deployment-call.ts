import { TributaryError } from '@tributary/contract/error';
import type { Timestamp } from '@tributary/contract/moment';
import type { DeploymentName } from '@tributary/contract/name';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { OnParentEnd } from '@tributary/contract/nouns/label';
import type { State } from '@tributary/contract/nouns/state';
import type { JsonObject } from '@tributary/contract/json';

/** The checked options of a call that creates a run of a deployment. */
export interface DeploymentCall {
  /** the function that the author called, for messages */
  readonly by: 'runDeployment' | 'createFlowRun';
  readonly deploymentId: string;
  readonly name: DeploymentName;
  readonly parameters: JsonObject;
  /** how long to wait for the run's end, in seconds; null for ever */
  readonly timeout: number | null;
  /** seconds between two requests; null for waits that grow */
  readonly pollInterval: number | null;
  readonly tags: readonly string[];
  readonly scheduledTime: Timestamp | null;
  readonly idempotencyKey: string | null;
  readonly asSubflow: boolean;
  readonly flowRunName: string | null;
  readonly jobVariables: JsonObject | null;
  /** null for the deployment's own work queue */
  readonly queue: string | null;
  /** throw an error if the run ends without having completed */
  readonly raiseFinalState: boolean;
  /** null for the default */
  readonly onParentEnd: OnParentEnd | null;
}

/** A run of a deployment as last read. */
export type DeploymentRun = FlowRun & {
  readonly state: State;
  /** the full name of the deployment, `flow/deployment`; undefined for a run that was found by its id */
  readonly deployment?: DeploymentName | undefined;
};

/** @throws `bad_answer` if the run has no state */
export function withState(run: FlowRun): DeploymentRun {
  if (run.state) return { ...run, state: run.state };
  throw new TributaryError('bad_answer', `The server sent flow run "${run.name}" (${run.id}) without its state.`);
}
