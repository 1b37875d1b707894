import { TributaryError } from '@tributary/contract/error';

import { describeFailure } from '../run/failure.ts';
import { formatLine } from '../run/log.ts';
import { carryDelay, ownFailure } from '../run/task/retry-after.ts';
import type { TaskDefinition } from '../run/task/task-definition.ts';
import { type Duration, toSeconds } from './options/duration.ts';

/** A delay for all retries, a list with a delay for each, or a function of the failure; `attempt` is 1 for the first attempt. */
export type RetryDelay = Duration | readonly Duration[] | DelayOf;
type DelayOf = (failure: unknown, attempt: number) => Duration;

const howToWrite = 'seconds, or a text such as "500ms", "10s", "5m", "2h"';

/**
 * Delays that grow from retry to retry.
 * @param first the delay before the first retry
 * @param options.longest the longest delay. @default no limit
 * @param options.factor the factor by which the delay grows with each retry. @default 2
 * @returns a function for the option `retryDelay` of a task
 * @throws `misuse` if a delay isn't a duration, or if the factor isn't a number of 0 or more
 * @example
 * const load = task({ name: 'load', retries: 5, retryDelay: exponentialBackoff('1s', { longest: '5m' }) }, () => fetchRows());
 */
export function exponentialBackoff(
  first: Duration,
  options: { readonly longest?: Duration; readonly factor?: number } = {},
): (failure: unknown, attempt: number) => number {
  const { longest, factor = 2 } = options;
  const seconds = toSeconds(first, 'first delay of exponentialBackoff');
  const most = longest === undefined ? Infinity : toSeconds(longest, 'longest delay of exponentialBackoff');
  if (!Number.isFinite(factor) || factor < 0)
    throw new TributaryError('misuse', `The factor of exponentialBackoff is ${factor}: give a number, 0 or more; 2 doubles each delay.`);
  return (_failure, attempt) => Math.min(most, seconds * Math.min(factor ** (attempt - 1), Number.MAX_VALUE));
}

/**
 * Makes an error that says after which delay the task is tried again, for example the delay in an API's Retry-After header. The task waits
 * that long, at least 1 s, without using up a retry. If the wait would end after the task's `retryAfterLimit`, or if a flow's own body throws
 * the error, it is an ordinary failure.
 * @param delay a negative number of seconds counts as 0
 * @param error what failed: `retryIf`, `retryDelay`, the log and the caller see this error
 * @throws `misuse` if the delay isn't a duration, with `error` as the cause
 * @example
 * if (response.status === 429) throw retryAfter('2s', new Error('The API is busy.'));
 */
export function retryAfter(delay: Duration, error: unknown): Error {
  let seconds: number;
  try {
    seconds = toSeconds(typeof delay === 'number' ? Math.max(0, delay) : delay, 'delay of retryAfter');
  } catch {
    const cause = ownFailure(error);
    const message = `The delay of retryAfter is ${show(delay)}, which isn't a duration: give ${howToWrite}. The error given to it: ${describeFailure(cause)}`;
    throw new TributaryError('misuse', message, { cause });
  }
  return carryDelay({ seconds, failure: error });
}

/**
 * Reads a task's options on retries.
 * @param what names an option in an error: `retries of task "fetch"`
 * @throws `misuse` if a value is wrong
 */
export function readRetries(
  options: {
    readonly retries?: number;
    readonly retryDelay?: RetryDelay;
    readonly retryJitter?: number;
    readonly retryAfterLimit?: Duration;
  },
  what: (option: string) => string,
): Pick<TaskDefinition, 'retries' | 'retryDelay' | 'retryDelays' | 'retryJitter' | 'retryAfterLimit'> {
  const { retryDelay = 0, retryJitter = 0, retryAfterLimit = '10m' } = options;
  const retries = options.retries ?? (Array.isArray(retryDelay) ? retryDelay.length : 0);
  if (!Number.isInteger(retries) || retries < 0)
    throw new TributaryError('misuse', `The ${what('retries')} are ${retries}: give a whole number, 0 or more.`);
  if (!Number.isFinite(retryJitter) || retryJitter < 0)
    throw new TributaryError(
      'misuse',
      `The ${what('retryJitter')} is ${retryJitter}: give 0 or more; 0.5 makes each delay up to 50 % longer.`,
    );
  return {
    retries,
    ...readDelays(retryDelay, what('retryDelay')),
    retryJitter,
    retryAfterLimit: toSeconds(retryAfterLimit, what('retryAfterLimit')),
  };
}

function readDelays(retryDelay: RetryDelay, what: string): Pick<TaskDefinition, 'retryDelay' | 'retryDelays'> {
  if (typeof retryDelay === 'function') return { retryDelay: checked(retryDelay, what), retryDelays: null };
  const list = typeof retryDelay === 'object' ? retryDelay : [retryDelay];
  const retryDelays = list.map((delay) => toSeconds(delay, what));
  return { retryDelay: (_failure, attempt) => retryDelays[Math.min(attempt, retryDelays.length) - 1] ?? 0, retryDelays };
}

/** Wraps the author's function. The wrapper checks the returned delay, and converts it to seconds. */
function checked(delayOf: DelayOf, what: string): TaskDefinition['retryDelay'] {
  return (failure, attempt) => {
    const broken = (problem: string): TributaryError =>
      new TributaryError('misuse', `The ${what} ${problem}. Attempt ${attempt} failed and isn't retried: ${describeFailure(failure)}`, {
        cause: failure,
      });
    let delay: Duration;
    try {
      delay = delayOf(failure, attempt);
    } catch (error) {
      throw broken(`threw ${describeFailure(error)}`);
    }
    try {
      return toSeconds(delay, what);
    } catch {
      throw broken(`returned ${show(delay)}, which isn't a duration: return ${howToWrite}`);
    }
  };
}

/** Writes a wrong value on one short line, for a message. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return formatLine([value]).replaceAll(/\s+/g, ' ').slice(0, 100);
}
