import { afterFailures } from '../back-off.ts';
import type { PollHistory } from './poll-history.ts';

/**
 * In milliseconds. If an empty answer comes sooner, the server did not hold the poll, for example because the server is closing. The worker
 * then waits this long before the next poll.
 */
const quickAnswer = 500;
/** The longest wait, in milliseconds, while polls find only runs that can't be claimed. */
const longestRefused = 1_000;

/**
 * How long a worker with free slots waits until its next poll.
 * @param how.holds whether the server holds a poll until a run is due
 * @param how.longest the longest wait between two polls if the server doesn't hold them, in milliseconds
 * @param random between 0 and 1
 * @returns milliseconds, 0 to poll at once
 */
export function nextWait(history: PollHistory, how: { readonly holds: boolean; readonly longest: number }, random: number): number {
  const { failures, error, refusals, running, lastWork, answer } = history;
  if (failures > 0) return afterFailures(failures, random, error);
  if (!answer) return 0;
  if (refusals > 0) return Math.min(longestRefused, afterFailures(refusals, random));
  const { found, took, limit } = answer;
  if (how.holds) return found === 0 && took < quickAnswer ? quickAnswer : 0;
  // After a full answer the server probably has more runs.
  if (found >= limit && answer.taken.includes('claimed')) return 0;
  return betweenPolls({ sinceWork: answer.at - lastWork, hasRuns: running > 0, took, longest: how.longest }, random);
}

/** The shortest wait between polls that the server doesn't hold, in milliseconds. */
const shortest = 500;
/** The longest wait between such polls while the worker executes runs, in milliseconds. A run may trigger other runs. */
const longestBusy = 1_000;

/**
 * The wait between two polls if the server doesn't hold them: a tenth of the time since the worker last had work, from half a second up to
 * `longest`. The wait is at least ten times as long as the last poll took, so that a slow server is polled less often. It is shortened by up
 * to a quarter, so that workers don't poll in step.
 * @returns milliseconds
 */
function betweenPolls(
  facts: { readonly sinceWork: number; readonly hasRuns: boolean; readonly took: number; readonly longest: number },
  random: number,
): number {
  const { sinceWork, hasRuns, took, longest } = facts;
  const eager = Math.max(shortest, hasRuns ? Math.min(longestBusy, sinceWork / 10) : sinceWork / 10);
  return Math.min(longest, Math.max(eager, 10 * took)) * (1 - random / 4);
}
