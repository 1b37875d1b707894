import type { TaskRunId } from '@tributary/contract/id';
import type { Timestamp } from '@tributary/contract/moment';
import type { LogLevelName } from '@tributary/contract/nouns/log';
import type { TaskRunInputs } from '@tributary/contract/nouns/task-run';

import { contextOrLocal } from '../run/local/local-run.ts';
import { writeLog } from '../run/log.ts';
import { TaskRecord } from '../run/task/task-record.ts';
import { type ObservedArtifact, storeObserved } from './artifact.ts';
import { type Moment, toTimestamp } from './options/moment.ts';

/**
 * A task run whose work happens outside the process, for example in a dbt node. The flow reports the states. `at` is the
 * time of the state, by default the current time.
 */
export interface ObservedTask {
  readonly id: TaskRunId;
  /** Reports the task run as RUNNING. */
  running(at?: Moment): void;
  /** Writes a line to the log of the task run. */
  log(level: LogLevelName, message: string): void;
  /**
   * Stores an artifact with the task run. The artifact has no key, and the task run may have ended.
   * @returns whether it was stored; false without a server
   * @throws the reason why the run was stopped, if it was
   */
  artifact(artifact: ObservedArtifact): Promise<boolean>;
  /** Reports the task run as COMPLETED. `name` is the state's name, `Completed` by default. */
  completed(options?: { readonly at?: Moment; readonly message?: string; readonly name?: string }): void;
  /** Reports the task run as FAILED. */
  failed(message: string, at?: Moment): void;
  /** Reports the task run as CANCELLED. */
  cancelled(message?: string, at?: Moment): void;
  /** Reports the task run as CANCELLED with the name `Skipped`: it didn't fail, but its work wasn't done. @param why for the message */
  skipped(why: string, at?: Moment): void;
}

/**
 * Creates a task run for work that happens outside the process. The task run starts as PENDING. If the flow ends before the task run, the
 * task run becomes CANCELLED. The methods of the task run throw `misuse` if `at` isn't a moment.
 * @param options.key a name of the work that is the same in every run, for example a dbt node's unique id
 * @param options.after the task runs on which this one depends
 * @example
 * const node = observeTask({ name: 'orders', key: 'model.shop.orders' });
 * node.running();
 * node.completed({ message: 'CREATE VIEW' });
 */
export function observeTask(options: {
  readonly name: string;
  readonly key: string;
  readonly tags?: readonly string[];
  readonly after?: readonly Pick<ObservedTask, 'id'>[];
}): ObservedTask {
  const context = contextOrLocal(options.name);
  const { attempt } = context;
  const edge = (id: TaskRunId): TaskRunInputs[string][number] => ({ input_type: 'task_run', id });
  const taskRun = new TaskRecord(context, {
    name: options.name,
    key: options.key,
    dynamicKey: `${attempt.key}-${attempt.count(options.key)}`,
    tags: [...(options.tags ?? [])],
    inputs: {
      ...(options.after && options.after.length > 0 ? { wait_for: options.after.map(({ id }) => edge(id)) } : {}),
      ...(context.task ? { __parents__: [edge(context.task.id)] } : {}),
    },
    policy: { retries: 0, retry_delay: 0 },
  });
  const moment = (at: Moment | undefined): Timestamp | undefined =>
    at === undefined ? undefined : toTimestamp(at, `time of observed task "${options.name}"`);
  const activity = context.activity.begin();
  const forget = attempt.watch((message) => {
    activity.end();
    taskRun.move({ type: 'CANCELLED', message });
  });
  const end = (): void => {
    activity.end();
    forget();
  };
  taskRun.move({ type: 'PENDING' });
  return {
    id: taskRun.id,
    running: (at) => taskRun.move({ type: 'RUNNING', at: moment(at) }),
    log: (level, message) => writeLog(context, level, message, taskRun.id),
    artifact: (artifact) => storeObserved(context, taskRun.id, artifact),
    completed({ at, message, name } = {}) {
      taskRun.move({ type: 'COMPLETED', at: moment(at), message, name });
      end();
    },
    failed(message, at) {
      taskRun.move({ type: 'FAILED', message, at: moment(at) });
      end();
    },
    cancelled(message, at) {
      taskRun.move({ type: 'CANCELLED', message, at: moment(at) });
      end();
    },
    skipped(why, at) {
      taskRun.move({ type: 'CANCELLED', name: 'Skipped', message: why, at: moment(at) });
      end();
    },
  };
}
