import type { FlowRunId } from '@tributary/contract/id';
import type { JsonObject } from '@tributary/contract/json';
import type { Timestamp } from '@tributary/contract/moment';

/** The facts of the flow run that user code runs in, as `run()` gives them. */
export interface RunInfo {
  readonly flowRunId: FlowRunId;
  readonly flowRunName: string;
  /** `flow/name`; null for a script, a test, or a child flow in process */
  readonly deployment: string | null;
  /** run_count: 1 in the first attempt */
  readonly attempt: number;
  readonly scheduledStartTime: Timestamp;
  readonly parameters: Readonly<JsonObject>;
  readonly tags: readonly string[];
  /** the integration's folder; relative paths of user code start there */
  readonly cwd: string;
  /** where data that outlives a run belongs */
  readonly dataDir: string;
  /** aborted when the run is cancelled or timed out; inside a task, also when its attempt timed out */
  readonly signal: AbortSignal;
}

/** The run's facts that do not change between its attempts, and are known before it starts. */
export type RunStart = Omit<RunInfo, 'attempt' | 'signal' | 'parameters'>;
