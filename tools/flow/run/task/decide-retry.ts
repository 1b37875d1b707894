import type { LogLevelName } from '@tributary/contract/nouns/log';

import { describeFailure } from '../failure.ts';
import { readRetryAfter } from './retry-after.ts';
import type { TaskDefinition } from './task-definition.ts';

/** The shortest wait that an error can ask for, in seconds. */
const shortestAsked = 1;

/** What the failures of a task run have used up so far. */
export interface RetriesUsed {
  /** how many retries were used */
  readonly retries: number;
  /** when the first failure with `retryAfter` happened, in seconds by the clock of `now`; null if there was none */
  readonly firstAsked: number | null;
}
export const noRetriesUsed: RetriesUsed = { retries: 0, firstAsked: null };

/** What follows a failed attempt of a task run. */
export type RetryDecision =
  /** The next attempt follows after these seconds. `reason` is a sentence for the log. */
  | { readonly again: true; readonly seconds: number; readonly failure: unknown; readonly reason: string; readonly used: RetriesUsed }
  /** The task run has failed with this error. */
  | { readonly again: false; readonly error: unknown };

type RetryRules = Pick<TaskDefinition, 'retries' | 'retryDelay' | 'retryJitter' | 'retryIf' | 'retryAfterLimit'>;

interface DecisionContext {
  /** the task run's name */
  readonly name: string;
  /** the time in seconds, from a clock that never jumps */
  readonly now: number;
  /** a random number from 0 to 1 */
  readonly random: number;
  readonly log: (level: LogLevelName, message: string) => void;
}

/**
 * Decides whether and when a failed task is tried again. If the error carries a delay (`retryAfter`) that ends within the task's
 * `retryAfterLimit`, the task waits that long and uses up no retry. Otherwise `retries`, `retryIf` and `retryDelay` decide. Never throws.
 */
export async function decideRetry(task: RetryRules, thrown: unknown, used: RetriesUsed, context: DecisionContext): Promise<RetryDecision> {
  const asked = readRetryAfter(thrown);
  if (!asked) return decideOrdinary(task, thrown, used, context);
  const { failure } = asked;
  const { name, now, log } = context;
  const firstAsked = used.firstAsked ?? now;
  const seconds = Math.max(shortestAsked, asked.seconds);
  const left = Math.max(0, task.retryAfterLimit - (now - firstAsked));
  if (seconds <= left) {
    const reason = `The error asks for the next attempt in ${round(seconds)} s. This doesn't use up a retry.`;
    return { again: true, seconds, failure, reason, used: { ...used, firstAsked } };
  }
  const limit = `the task's retryAfterLimit of ${round(task.retryAfterLimit)} s has ${round(left)} s left`;
  log('warning', `The error of task "${name}" asks for a wait of ${round(seconds)} s, but ${limit}. This counts as an ordinary failure.`);
  return decideOrdinary(task, failure, { ...used, firstAsked }, context);
}

async function decideOrdinary(task: RetryRules, failure: unknown, used: RetriesUsed, context: DecisionContext): Promise<RetryDecision> {
  const attempt = used.retries + 1;
  if (attempt > task.retries || !(await mayRetry(task, failure, attempt, context))) return { again: false, error: failure };
  try {
    const seconds = task.retryDelay(failure, attempt) * (1 + context.random * task.retryJitter);
    const reason = `Retry ${attempt} of ${task.retries} follows in ${round(seconds)} s.`;
    return { again: true, seconds, failure, reason, used: { ...used, retries: attempt } };
  } catch (error) {
    return { again: false, error };
  }
}

async function mayRetry({ retryIf }: RetryRules, failure: unknown, attempt: number, { name, log }: DecisionContext): Promise<boolean> {
  if (!retryIf) return true;
  try {
    return await retryIf(failure, attempt);
  } catch (error) {
    log('error', `retryIf of task "${name}" threw, so there is no retry: ${describeFailure(error)}`);
    return false;
  }
}

function round(seconds: number): number {
  return Number(seconds.toFixed(3));
}
