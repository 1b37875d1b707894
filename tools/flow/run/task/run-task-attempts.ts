import { TributaryError } from '@tributary/contract/error';
import { addSeconds } from '@tributary/contract/moment';
import { waitUnless } from '@tributary/contract/wait';

import type { TaskDefinition } from './task-definition.ts';
import type { CacheDetails } from './cache.ts';
import { type CallNumbers, numberTries } from '../children/call-numbers.ts';
import { inContext, type RunContext } from '../context.ts';
import { describeFailure } from '../failure.ts';
import { writeLog } from '../log.ts';
import { retryDelay } from './retry-delay.ts';
import type { TaskBooks } from './task-books.ts';
import { withTimeout } from './timeout.ts';

/** Given a result before its task run completes. @returns what the state tells of that */
export type Keep = (result: unknown) => Promise<CacheDetails>;

/** Tries a task as often as told. @throws what its last attempt threw */
export async function runTaskAttempts(
  task: TaskDefinition,
  args: readonly unknown[],
  context: RunContext,
  books: TaskBooks,
  keep?: Keep,
): Promise<unknown> {
  const { signal } = context.run;
  const beginTry = numberTries(context.calls);
  for (let retry = 0; ; retry += 1) {
    if (signal.aborted) throw cancel(books, signal);
    books.move({ type: 'RUNNING', ...(retry > 0 ? { name: 'Retrying' } : {}) });
    try {
      const result = await attemptOnce(task, args, context, books, beginTry());
      books.move({ type: 'COMPLETED', ...(keep ? { details: await keep(result) } : {}) });
      return result;
    } catch (error) {
      if (signal.aborted) throw cancel(books, signal);
      const again = retry < task.retries && (await mayRetry(task, error, retry + 1, context, books));
      if (!again) {
        const timedOut = error instanceof TributaryError && error.code === 'timeout' && error.facts['task'] === books.id;
        books.move({ type: 'FAILED', ...(timedOut ? { name: 'TimedOut' } : {}), message: describeFailure(error) });
        throw error;
      }
      const delay = retryDelay(task, retry, Math.random());
      writeLog(
        context,
        'warning',
        `Task "${books.facts.name}" failed: ${describeFailure(error).replace(/\.$/, '')}. Retry ${retry + 1} of ${task.retries} follows in ${Number(delay.toFixed(3))} s.`,
        books.id,
      );
      const at = addSeconds(context.port.clock(), delay);
      books.move({ type: 'SCHEDULED', name: 'AwaitingRetry', message: describeFailure(error), details: { scheduled_time: at } });
      await waitUnless(delay, signal);
    }
  }
}

async function mayRetry(task: TaskDefinition, error: unknown, attempt: number, context: RunContext, books: TaskBooks): Promise<boolean> {
  if (!task.retryIf) return true;
  try {
    return await task.retryIf(error, attempt);
  } catch (failure) {
    writeLog(context, 'error', `retryIf of task "${task.name}" threw, so there is no retry: ${describeFailure(failure)}`, books.id);
    return false;
  }
}

/** Ends a task run whose flow was told to stop. @returns why */
export function cancel(books: TaskBooks, signal: AbortSignal): unknown {
  books.move({ type: 'CANCELLED', message: describeFailure(signal.reason) });
  return signal.reason;
}

function attemptOnce(task: TaskDefinition, args: readonly unknown[], context: RunContext, books: TaskBooks, calls: CallNumbers): unknown {
  const self = { id: books.id, name: books.facts.name };
  if (task.timeout === null) return inContext({ ...context, calls, task: self }, () => call(task, args));
  const late = (): TributaryError =>
    new TributaryError('timeout', `Task "${self.name}" took longer than its timeout of ${task.timeout} s.`, { facts: { task: self.id } });
  return withTimeout(task.timeout, context.run.signal, late, (signal) =>
    inContext({ ...context, calls, task: self, run: { ...context.run, signal } }, () => call(task, args)),
  );
}

function call(task: TaskDefinition, args: readonly unknown[]): unknown {
  // The types of a body's parameters were checked where it was called.
  return Reflect.apply(task.body, undefined, args);
}
