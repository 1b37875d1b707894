import type { FlowRunId } from '@tributary/contract/id';
import type { JsonObject } from '@tributary/contract/json';
import type { Timestamp } from '@tributary/contract/moment';
import type { RunCode } from '@tributary/contract/nouns/code';

/** The flow run that user code runs in, as `run()` returns it. */
export interface RunInfo {
  readonly flowRunId: FlowRunId;
  readonly flowRunName: string;
  /** `flow/name`; null for a script, a test, or a child flow in the same process */
  readonly deployment: string | null;
  /** the run's run_count, 1 for the first attempt */
  readonly attempt: number;
  readonly scheduledStartTime: Timestamp;
  readonly parameters: Readonly<JsonObject>;
  readonly tags: readonly string[];
  /** the integration's folder, where relative paths of user code start */
  readonly cwd: string;
  /** the folder for data that outlives the run */
  readonly dataDir: string;
  /**
   * The repository, the commit and the tree of the code that runs. Null in a script or a test, for a deployment of a local folder, and if
   * the worker is older than this package.
   */
  readonly code: RunCode | null;
  /** aborted when the run is cancelled or times out; inside a task, also when the task's attempt times out */
  readonly signal: AbortSignal;
}

/** The facts of a run that are known before it starts and are the same in each attempt. */
export type RunStart = Omit<RunInfo, 'attempt' | 'signal' | 'parameters'>;
