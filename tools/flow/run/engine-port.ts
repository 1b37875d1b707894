import type { FlowRunId, TaskRunId } from '@tributary/contract/id';
import type { JsonObject } from '@tributary/contract/json';
import type { Artifact, artifactCreate, artifactUpdate } from '@tributary/contract/nouns/artifact';
import type { DeploymentFlowRunCreate, FlowRun } from '@tributary/contract/nouns/flow-run';
import type { Labels } from '@tributary/contract/nouns/label';
import type { LogCreate } from '@tributary/contract/nouns/log';
import type { State, StateProposalInput } from '@tributary/contract/nouns/state';
import type { TaskRun, TaskRunInputs } from '@tributary/contract/nouns/task-run';
import type { Waiting } from '@tributary/contract/nouns/waiting';
import type { Timestamp } from '@tributary/contract/time';
import type { z } from 'zod';

import type { FlowDefinition } from './flow-definition.ts';
import type { PausePort } from './pause/pause-port.ts';
import type { PollRange } from './poll-range.ts';
import type { SlotPort } from './slots/slot-port.ts';

/**
 * The engine as a running flow sees it. `report/` implements this port with a server, `run/local/` without one.
 * One port serves a root run and all child flows that run in its process.
 *
 * A run host also calls `captureConsole` (run/capture-console.ts) before user code loads, and `masked` (run/secret-mask.ts) on its own
 * output. Log lines and messages that pass through the port are already masked.
 *
 * Methods that return nothing are synchronous and cheap, and never throw: they add to a queue, which the port's owner flushes.
 */
export interface EnginePort {
  /**
   * Aborted when the run has to stop. The reason is a TributaryError. With the code `cancelled`, the run ends as CANCELLED. With `crashed`,
   * the run ends as CRASHED, unless the flow's function still returns.
   */
  readonly signal: AbortSignal;
  /** False after an uncaught exception or rejection: the run then ends as CRASHED, even if its code returns. */
  readonly trusted: boolean;
  /** Strictly increasing. Everything that the process reports is timed by this clock. */
  readonly clock: () => Timestamp;
  /** True if the port has a server. Errors then say what to do on that server. */
  readonly served: boolean;
  /** How often the server may be polled. */
  readonly poll: PollRange;

  /**
   * Proposes RUNNING, and repeats the proposal while the server answers WAIT.
   * The port also writes the flow's retry policy to the server, with delays rounded up to whole seconds. It renews the lease of the
   * deployment's concurrency limit.
   * @returns whether user code may run
   */
  beginAttempt(run: RunTicket): Promise<AttemptStart>;
  /**
   * Sends all queued logs and events, then proposes the state in which an attempt ended. If the parameters are invalid, this is called
   * without `beginAttempt`.
   * @param revise called after the queue was sent; returns the state to propose instead of `state`
   */
  endAttempt(run: RunTicket, state: StateProposalInput, revise?: () => StateProposalInput): Promise<AttemptEnd>;

  /** Called when the root run begins to do nothing but wait for runs of deployments, and when it works again. */
  onlyWaits(isWaiting: boolean): void;

  /** Renames a run. A failure is logged and doesn't fail the run. */
  rename(run: FlowRunId, name: string): Promise<void>;

  /**
   * Creates the run of a child flow that this process executes, and the task run that stands for it in the parent run. Both are created
   * PENDING. A repeated call creates nothing new.
   */
  createChildInProcess(child: ChildInProcessCreate): Promise<ChildRun>;

  /**
   * Limits how many events wait to be sent, because they take memory. Called before a task starts.
   * @returns undefined if the task may start now; otherwise a promise that resolves when it may
   */
  room(): Promise<void> | undefined;
  /**
   * Resolves to the run's state, which is read when the worker reports that the run was paused from outside. The property is null if the
   * worker has reported no pause.
   */
  readonly outsidePause: Promise<State | null> | null;
  /** Sets `outsidePause` to null if it is still this promise. Called when the pause is over, or if the run's own code asked for it. */
  forgetOutsidePause(pause: Promise<State | null>): void;
  /** Reports a new state of a task run as a `prefect.task-run.*` event. */
  taskRun(report: TaskRunReport): void;
  log(line: LogCreate): void;
  artifact(artifact: z.input<typeof artifactCreate>): Promise<ArtifactId>;
  updateArtifact(id: ArtifactId, change: z.input<typeof artifactUpdate>): Promise<void>;

  /** @returns undefined if there is no secret with this name */
  readSecret(name: string): Promise<string | undefined>;
  /** @returns undefined if there is no variable with this name */
  readVariable(name: string): Promise<{ readonly value: unknown } | undefined>;

  /**
   * Gets the files of a repository, in a folder that goes with the run.
   * @param signal ends the call
   */
  checkOut(request: CheckoutRequest, signal: AbortSignal): Promise<{ readonly dir: string; readonly commit: string }>;

  /** Null if there is no engine that can run deployments. */
  readonly deployments: DeploymentPort | null;
  /** Null if there is no engine that can resume a run. */
  readonly pauses: PausePort | null;
  /** Null if there are no concurrency limits. */
  readonly slots: SlotPort | null;
}

export interface CheckoutRequest {
  readonly repository: string;
  /** a branch, a tag or the whole commit; `HEAD` for the default branch */
  readonly ref: string;
  /** the name of a secret */
  readonly token: string | null;
}

export type ArtifactId = Artifact['id'];

/** The engine's part of `runDeployment`. All answers are the protocol's nouns. */
export interface DeploymentPort {
  /** @returns undefined if there is no such deployment */
  find(flow: string, deployment: string): Promise<{ readonly id: string; readonly flow_id: string } | undefined>;
  /** @returns the names of all deployments, as `flow/deployment` */
  names(): Promise<readonly string[]>;
  /** Creates the PENDING task run that stands for a child run. Idempotent on (flow_run_id, task_key, dynamic_key). */
  createStandIn(standIn: StandInCreate): Promise<TaskRunId>;
  /** Sets the state of a stand-in that has no child, or whose child belongs to another run. */
  settleStandIn(id: TaskRunId, state: StateProposalInput): Promise<void>;
  /** Creates a run. Idempotent on `idempotency_key`. @returns the new run, or an older run with the same key */
  createFlowRun(deploymentId: string, run: FlowRunRequest): Promise<FlowRun>;
  /** Adds a label to a run, or changes it. */
  labelFlowRun(id: FlowRunId, labels: Labels): Promise<void>;
  /**
   * Whether the engine acts on the label `tributary.on-parent-end`. Otherwise the parent's process cancels the children with `cancel`, and
   * `leave` has no effect.
   */
  readonly endsChildren: boolean;
  /** Requests that a run is cancelled. */
  cancelFlowRun(id: FlowRunId, message: string): Promise<void>;
  readFlowRun(id: FlowRunId): Promise<FlowRun>;
  /**
   * Waits for the end of a run, for at most `seconds`. Resolves to the run, which may be unfinished: the wait may stop early. The member is
   * null if the engine doesn't report ends; then the caller polls the run.
   */
  readonly awaitEnd: ((id: FlowRunId, seconds: number, signal: AbortSignal) => Promise<FlowRun>) | null;
  /**
   * Schedules another attempt of a run that ended badly, unless the run has changed its state in the meantime.
   * @param due the scheduled time; null for now
   * @returns the run with its new state; the given run if the server refuses
   */
  retryFlowRun(ended: FlowRun, due: Timestamp | null): Promise<FlowRun>;
  /** @returns the child runs of a run, in any order */
  readChildren(id: FlowRunId): Promise<readonly FlowRun[]>;
  /** @returns all states that the run went through, in any order */
  readStates(id: FlowRunId): Promise<readonly State[]>;
  /** Says for each run why it waits. Absent if the runs are those of stubs, which never wait. */
  readonly whyWaiting?: (ids: readonly FlowRunId[]) => Promise<readonly Waiting[]>;
}

/** The members of create_flow_run's body that Tributary sends. */
export type FlowRunRequest = Pick<
  DeploymentFlowRunCreate,
  'name' | 'parameters' | 'tags' | 'labels' | 'idempotency_key' | 'parent_task_run_id' | 'job_variables' | 'work_queue_name'
> & {
  readonly state: StateProposalInput;
};

export interface StandInCreate {
  readonly flow_run_id: FlowRunId;
  readonly name: string;
  readonly task_key: string;
  readonly dynamic_key: string;
  readonly tags: readonly string[];
  readonly task_inputs: TaskRunInputs;
}

/** Identifies the run in a call of the port. */
export interface RunTicket {
  readonly flowRunId: FlowRunId;
  readonly flow: FlowDefinition;
}

export type AttemptStart =
  /** `attempt` is the run's run_count, 1 for the first attempt. `state` is the accepted RUNNING state. */
  | { readonly go: true; readonly attempt: number; readonly state: State }
  /** User code must not run: the server answered ABORT, or the run has another state by now. `state` is null if it is unknown. */
  | { readonly go: false; readonly state: State | null };

export type AttemptEnd =
  /** The run is AwaitingRetry: call `beginAttempt` again at this time. */
  | { readonly retryAt: Timestamp }
  /** The run ended in `state`. This is null if the server refused the proposal (ABORT). */
  | { readonly retryAt: null; readonly state: State | null };

export interface ChildInProcessCreate {
  readonly parentFlowRunId: FlowRunId;
  readonly flow: FlowDefinition;
  /** the parameters of the call, as JSON */
  readonly parameters: JsonObject;
  readonly tags: readonly string[];
  readonly standIn: StandInCreate;
  readonly idempotencyKey: string;
}
export interface ChildRun {
  readonly flowRunId: FlowRunId;
  readonly flowRunName: string;
  readonly scheduledStartTime: Timestamp;
}

/**
 * A task run's new state, with its counters and times at that moment. The client computes them, and the server stores them.
 * `previous` is the state before this one; null for the first state. The event has it as `follows`, `intended.from` and `initial_state`.
 */
export interface TaskRunReport {
  readonly state: State;
  readonly previous: State | null;
  readonly task_run: ReportedTaskRun;
}
export type ReportedTaskRun = Readonly<
  Pick<
    TaskRun,
    | 'id'
    | 'name'
    | 'task_key'
    | 'dynamic_key'
    | 'tags'
    | 'task_inputs'
    | 'cache_key'
    | 'run_count'
    | 'flow_run_run_count'
    | 'expected_start_time'
    | 'start_time'
    | 'end_time'
    | 'total_run_time'
  >
> & { readonly flow_run_id: FlowRunId; readonly empirical_policy: { retries: number; retry_delay: number | number[] | null } };
