import { newId, type StateId, type TaskRunId } from '@tributary/contract/id';
import { fromMicros, secondsBetween, type Timestamp, toMicros } from '@tributary/contract/moment';
import { defaultStateName, isTerminal, type State, type StateDetails, type StateType } from '@tributary/contract/nouns/state';
import type { TaskRunInputs } from '@tributary/contract/nouns/task-run';

import type { RunContext } from '../context.ts';
import type { ReportedTaskRun } from '../engine-port.ts';
import { masked } from '../secret-mask.ts';

/** The part of a task run that never changes. */
export interface TaskFacts {
  readonly name: string;
  readonly key: string;
  readonly dynamicKey: string;
  readonly tags: string[];
  readonly inputs: TaskRunInputs;
  readonly policy: ReportedTaskRun['empirical_policy'];
}

interface Change {
  readonly type: StateType;
  readonly name?: string | undefined;
  readonly message?: string | undefined;
  /**
   * The time of the state. If it isn't later than the previous state's time, it is moved to 1 µs after that.
   * @default now
   */
  readonly at?: Timestamp | undefined;
  readonly details?: Partial<StateDetails>;
}

/** A task run's state, counters and times. The client computes them, the server stores them. */
export class TaskRecord {
  readonly id: TaskRunId = newId<TaskRunId>();
  readonly facts: TaskFacts;
  state: State | null = null;
  readonly #context: RunContext;
  readonly #expected: Timestamp;
  #runCount = 0;
  #start: Timestamp | null = null;
  #end: Timestamp | null = null;
  #seconds = 0;

  constructor(context: RunContext, facts: TaskFacts, at?: Timestamp) {
    this.#context = context;
    this.facts = facts;
    this.#expected = at ?? context.port.clock();
  }

  /** Records a new state and reports it. Does nothing once the task run has ended. */
  move(change: Change): void {
    const previous = this.state;
    if (previous && isTerminal(previous.type)) return;
    const at = later(change.at ?? this.#context.port.clock(), previous?.timestamp);
    if (previous?.type === 'RUNNING') this.#seconds += secondsBetween(previous.timestamp, at);
    if (change.type === 'RUNNING') this.#runCount += 1;
    if (change.type === 'RUNNING' || isTerminal(change.type)) this.#start ??= at;
    if (isTerminal(change.type)) this.#end = at;
    this.state = {
      id: newId<StateId>(),
      type: change.type,
      name: change.name ?? defaultStateName(change.type),
      timestamp: at,
      message: change.message === undefined ? null : masked(change.message),
      state_details: { flow_run_id: this.#context.run.flowRunId, task_run_id: this.id, ...change.details },
    };
    const { run, attempt, port } = this.#context;
    if (change.type === 'CANCELLED' && run.signal.aborted) attempt.leaveUndone(run.signal.reason);
    port.taskRun({ state: this.state, previous, task_run: this.#snapshot() });
  }

  #snapshot(): ReportedTaskRun {
    const { name, key, dynamicKey, tags, inputs, policy } = this.facts;
    return {
      id: this.id,
      flow_run_id: this.#context.run.flowRunId,
      name,
      task_key: key,
      dynamic_key: dynamicKey,
      tags,
      task_inputs: inputs,
      empirical_policy: policy,
      run_count: this.#runCount,
      flow_run_run_count: this.#context.run.attempt,
      expected_start_time: this.#expected,
      start_time: this.#start,
      end_time: this.#end,
      total_run_time: this.#seconds,
    };
  }
}

function later(at: Timestamp, than: Timestamp | undefined): Timestamp {
  return than === undefined || at > than ? at : fromMicros(toMicros(than) + 1);
}
