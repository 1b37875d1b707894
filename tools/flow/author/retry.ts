import { TributaryError } from '@tributary/contract/error';

import type { TaskDefinition } from '../run/task/task-definition.ts';
import { type Duration, toSeconds } from './options/duration.ts';

/** One delay for all retries, one for each, or a rule that makes as many as there are retries. */
export type RetryDelay = Duration | readonly Duration[] | ((retries: number) => readonly Duration[]);

/** Delays that double from `first` on, up to `longest`: `retryDelay: exponentialBackoff('1s', { longest: '5m' })`. */
export function exponentialBackoff(
  first: Duration,
  options: { readonly longest?: Duration; readonly factor?: number } = {},
): (retries: number) => number[] {
  const seconds = toSeconds(first, 'first delay of exponentialBackoff');
  const longest = options.longest === undefined ? Infinity : toSeconds(options.longest, 'longest delay of exponentialBackoff');
  const factor = options.factor ?? 2;
  return (retries) => Array.from({ length: retries }, (_, index) => Math.min(longest, seconds * factor ** index));
}

/** Reads a task's options on retries. */
export function retryDelaysOf(
  options: { readonly retries?: number; readonly retryDelay?: RetryDelay; readonly retryJitter?: number },
  what: (option: string) => string,
): Pick<TaskDefinition, 'retries' | 'retryDelays' | 'retryJitter'> {
  const { retryDelay = 0, retryJitter = 0 } = options;
  const retries = options.retries ?? (Array.isArray(retryDelay) ? retryDelay.length : 0);
  if (!Number.isInteger(retries) || retries < 0)
    throw new TributaryError('misuse', `The ${what('retries')} are ${retries}: give a whole number, 0 or more.`);
  if (!Number.isFinite(retryJitter) || retryJitter < 0)
    throw new TributaryError(
      'misuse',
      `The ${what('retryJitter')} is ${retryJitter}: give 0 or more; 0.5 makes each delay up to half as long again.`,
    );
  const delays = typeof retryDelay === 'function' ? retryDelay(retries) : retryDelay;
  const list = typeof delays === 'object' ? delays : [delays];
  return { retries, retryDelays: list.map((delay) => toSeconds(delay, what('retryDelay'))), retryJitter };
}
