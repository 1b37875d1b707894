import type { OnParentEnd } from '@tributary/contract/nouns/label';

import type { Duration } from '../options/duration.ts';
import type { Moment } from '../options/moment.ts';

/** The options of createFlowRun. */
export interface CreateFlowRunOptions<Parameters> {
  /** parameters of the run, which override the deployment's, one by one; futures among them are waited for */
  readonly parameters?: Parameters;
  /** tags of the run, besides those of its deployment */
  readonly tags?: readonly string[];
  /**
   * when the run starts
   * @default now
   */
  readonly scheduledTime?: Moment;
  /**
   * Calls with the same key share one run, which keeps its final state.
   * @default derived from this run, the deployment and the options. When a flow or task is retried, an equal call then takes over the run
   * of the earlier call. If that run has failed, it continues.
   */
  readonly idempotencyKey?: string;
  /**
   * True makes the new run a child of this run. With false, the new run isn't linked to this run, and continues when this run is cancelled.
   * @default true
   */
  readonly asSubflow?: boolean;
  /**
   * the run's name
   * @default a generated name
   */
  readonly flowRunName?: string;
  /** job variables of the run, which override the deployment's, one by one */
  readonly jobVariables?: Readonly<Record<string, unknown>>;
  /**
   * the work queue of the run, in the work pool of its deployment
   * @default the deployment's work queue
   */
  readonly queue?: string;
  /**
   * Changes what happens to the new run when this run ends. `'cancel'`: the new run is also cancelled when this run fails or times out and
   * isn't retried. `'leave'`: the new run continues when this run is cancelled. A Prefect server doesn't support `'leave'`:
   * there, omit `onParentEnd` or set `asSubflow: false`. A run that completes, crashes or is suspended never ends its children.
   * @default the new run is cancelled when this run is cancelled, and continues when this run fails or times out
   */
  readonly onParentEnd?: OnParentEnd;
}

/** The options of a wait for a flow run. */
export interface WaitOptions {
  /**
   * How long to wait for the end of the run; 0 returns immediately. After that time the call returns the run as last read, without an error,
   * and the run continues.
   * @default waits until the run has ended
   */
  readonly timeout?: Duration;
  /**
   * True throws an error if the run ends as Failed, Crashed, Cancelled or TimedOut. The message names the run, its state and the reason, down
   * to the child in which the failure began. With false, the run is returned, and its `state` says how it ended.
   * @default false
   */
  readonly raiseFinalState?: boolean;
  /**
   * How often to read the run's state on a Prefect server and in tests. A Tributary server reports the end at once, so the interval
   * has no effect there.
   * @default often at first, then less often
   */
  readonly pollInterval?: Duration;
}

/** The options of runDeployment. */
export interface RunDeploymentOptions<Parameters> extends CreateFlowRunOptions<Parameters>, WaitOptions {}
