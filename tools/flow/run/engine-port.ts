import type { FlowRunId, TaskRunId } from '@tributary/contract/id';
import type { JsonObject } from '@tributary/contract/json';
import type { Artifact, artifactCreate, artifactUpdate } from '@tributary/contract/nouns/artifact';
import type { DeploymentFlowRunCreate, FlowRun } from '@tributary/contract/nouns/flow-run';
import type { LogCreate } from '@tributary/contract/nouns/log';
import type { State, StateProposalInput } from '@tributary/contract/nouns/state';
import type { TaskRun, TaskRunInputs } from '@tributary/contract/nouns/task-run';
import type { Timestamp } from '@tributary/contract/time';
import type { z } from 'zod';

import type { FlowDefinition } from './flow-definition.ts';
import type { PausePort } from './pause/pause-port.ts';
import type { PollRange } from './poll-range.ts';
import type { SlotPort } from './slots/slot-port.ts';

/**
 * Everything that a running flow asks of the outside. `report/` speaks it to a server, `run/local/` answers without one.
 * One port serves a root run and all the child flows that run in its process.
 *
 * A run host also calls `captureConsole` (run/capture-console.ts) before user code loads, and `masked` (run/secret-mask.ts) on what it
 * writes itself. Log lines and messages that come through the port are masked already.
 *
 * Methods that return nothing are synchronous, cheap and never throw: they put something into a queue. The port's owner flushes.
 */
export interface EnginePort {
  /** Aborted when the run is to stop. Its reason is a TributaryError: `cancelled` ends the run as CANCELLED, `crashed` as CRASHED if its code does not return. */
  readonly signal: AbortSignal;
  /** False once an exception has escaped every promise of a flow: whatever the process does after that counts for nothing. */
  readonly trusted: boolean;
  /** Strictly increasing; the one clock of everything that is reported. */
  readonly clock: () => Timestamp;
  /** Whether a server stands behind it: errors then say what to do there. */
  readonly served: boolean;
  /** How often that server may be asked for news. */
  readonly poll: PollRange;

  /**
   * Proposes RUNNING, waits as long as the server says WAIT, and tells whether user code may run.
   * The port sees to the policy of retries on the server (whole seconds there, rounded up), and to the lease of a concurrency limit.
   */
  beginAttempt(run: RunTicket): Promise<AttemptStart>;
  /**
   * Proposes how an attempt ended. Called without `beginAttempt` before it when parameters are invalid. Sends first what was queued.
   * @param revise asked once that is sent: the state that it is by then
   */
  endAttempt(run: RunTicket, state: StateProposalInput, revise?: () => StateProposalInput): Promise<AttemptEnd>;

  /** Gives a run another name. One that can't be given is no failure of the run. */
  rename(run: FlowRunId, name: string): Promise<void>;

  /** A child flow in this process: its stand-in task run (PENDING) in the parent, and its flow run (PENDING), both idempotent. */
  createChildInProcess(child: ChildInProcessCreate): Promise<ChildRun>;

  /** Asked before a task starts. Undefined: start. Otherwise start when it resolves: so much waits to be sent that memory would run full. */
  room(): Promise<void> | undefined;
  /** The state of this process's run, read once the worker saw the run paused from outside; null if the worker never did. */
  readonly outsidePause: Promise<State | null> | null;
  /** That pause is over, or was the run's own; a later one stays. */
  forgetOutsidePause(pause: Promise<State | null>): void;
  /** One new state of a task run, as a `prefect.task-run.*` event. */
  taskRun(report: TaskRunReport): void;
  log(line: LogCreate): void;
  artifact(artifact: z.input<typeof artifactCreate>): Promise<ArtifactId>;
  updateArtifact(id: ArtifactId, change: z.input<typeof artifactUpdate>): Promise<void>;

  /** @returns undefined when there is no secret of this name */
  readSecret(name: string): Promise<string | undefined>;
  /** @returns undefined when there is no variable of this name */
  readVariable(name: string): Promise<{ readonly value: unknown } | undefined>;

  /** null: nobody is there to run deployments. */
  readonly deployments: DeploymentPort | null;
  /** null: nobody is there to resume a run. */
  readonly pauses: PausePort | null;
  /** null: there are no limits. */
  readonly slots: SlotPort | null;
}

export type ArtifactId = Artifact['id'];

/** What `runDeployment` asks. Answers are the protocol's nouns. */
export interface DeploymentPort {
  /** @returns undefined when there is no such deployment */
  find(flow: string, deployment: string): Promise<{ readonly id: string; readonly flow_id: string } | undefined>;
  /** `flow/deployment` of all, to suggest the nearest */
  names(): Promise<readonly string[]>;
  /** By REST, idempotent on (flow_run_id, task_key, dynamic_key); PENDING. */
  createStandIn(standIn: StandInCreate): Promise<TaskRunId>;
  /** Ends a stand-in that stands for no child of this run. */
  settleStandIn(id: TaskRunId, state: StateProposalInput): Promise<void>;
  /** Idempotent on `idempotency_key`, so it may be an older run that is answered. */
  createFlowRun(deploymentId: string, run: FlowRunRequest): Promise<FlowRun>;
  readFlowRun(id: FlowRunId): Promise<FlowRun>;
  /**
   * Sends a run that ended badly back to work, unless it has left that state meanwhile: the same run, one attempt more.
   * @param due null: now
   * @returns the run as it is then; as it was given when the server refuses
   */
  retryFlowRun(ended: FlowRun, due: Timestamp | null): Promise<FlowRun>;
  /** The child runs of this one, in any order. */
  readChildren(id: FlowRunId): Promise<readonly FlowRun[]>;
  /** All states that the run went through. */
  readStates(id: FlowRunId): Promise<readonly State[]>;
}

/** The body of create_flow_run, as far as we send it. */
export type FlowRunRequest = Pick<
  DeploymentFlowRunCreate,
  'name' | 'parameters' | 'tags' | 'idempotency_key' | 'parent_task_run_id' | 'job_variables'
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

/** Names a run to the port. */
export interface RunTicket {
  readonly flowRunId: FlowRunId;
  readonly flow: FlowDefinition;
}

export type AttemptStart =
  /** @property attempt run_count: 1 in the first. @property state the RUNNING that was accepted */
  | { readonly go: true; readonly attempt: number; readonly state: State }
  /** ABORT, or the run is somewhere else already: user code must not run. null: unknown */
  | { readonly go: false; readonly state: State | null };

export type AttemptEnd =
  /** AwaitingRetry: `beginAttempt` again then */
  | { readonly retryAt: Timestamp }
  /** what the run ended as; null when the server would not have it (ABORT) */
  | { readonly retryAt: null; readonly state: State | null };

export interface ChildInProcessCreate {
  readonly parentFlowRunId: FlowRunId;
  readonly flow: FlowDefinition;
  /** JSON of what the child was called with */
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
 * A task run's new state and its books at that moment; the sender keeps them, so they go out as they are.
 * `previous` is the state before, null at first (`follows`, `intended.from`, `initial_state`).
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
> & { readonly flow_run_id: FlowRunId; readonly empirical_policy: { retries: number; retry_delay: number | number[] } };
