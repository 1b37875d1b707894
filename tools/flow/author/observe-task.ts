import type { TaskRunId } from '@tributary/contract/id';
import type { Timestamp } from '@tributary/contract/moment';
import type { LogLevelName } from '@tributary/contract/nouns/log';
import type { TaskRunInputs } from '@tributary/contract/nouns/task-run';

import { contextOrLocal } from '../run/local/local-run.ts';
import { writeLog } from '../run/log.ts';
import { TaskBooks } from '../run/task/task-books.ts';
import { type Moment, toTimestamp } from './options/moment.ts';

/** A task run whose work happens elsewhere, a dbt node for one: whoever watches it says what became of it. */
export interface ObservedTask {
  readonly id: TaskRunId;
  running(at?: Moment): void;
  log(level: LogLevelName, message: string): void;
  completed(options?: { readonly at?: Moment; readonly message?: string; readonly name?: string }): void;
  failed(message: string, at?: Moment): void;
  cancelled(message?: string, at?: Moment): void;
}

/**
 * Opens a task run of work that happens elsewhere, as PENDING. Told nothing more, it becomes CANCELLED when its flow ends.
 * @param options.key what the thing is called across runs, such as a dbt node's unique id
 * @param options.after the task runs that it depends on
 * @throws `misuse`, from its methods, for a time that isn't a moment
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
  const books = new TaskBooks(context, {
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
  const end = attempt.watch((message) => books.move({ type: 'CANCELLED', message }));
  books.move({ type: 'PENDING' });
  return {
    id: books.id,
    running: (at) => books.move({ type: 'RUNNING', at: moment(at) }),
    log: (level, message) => writeLog(context, level, message, books.id),
    completed({ at, message, name } = {}) {
      books.move({ type: 'COMPLETED', at: moment(at), message, name });
      end();
    },
    failed(message, at) {
      books.move({ type: 'FAILED', message, at: moment(at) });
      end();
    },
    cancelled(message, at) {
      books.move({ type: 'CANCELLED', message, at: moment(at) });
      end();
    },
  };
}
