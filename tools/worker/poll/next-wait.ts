import { afterFailures } from '../back-off.ts';
import type { PollHistory } from './poll-history.ts';

/** An answer without work that came sooner was not held, say because the server closes: a wait follows. */
const quickAnswer = 500;
/** The longest wait while runs are found that can't be claimed. */
const longestRefused = 1_000;

/**
 * How long a worker with room for more runs waits until its next poll.
 * @param how.holds whether the server holds a poll until there is work
 * @param how.longest the longest wait between two polls on a server that does not, in milliseconds
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
  // There is more where a full answer came from.
  if (found >= limit && answer.taken.includes('claimed')) return 0;
  return betweenPolls({ sinceWork: answer.at - lastWork, hasRuns: running > 0, took, longest: how.longest }, random);
}

/** Milliseconds; of the longest wait while there are runs in hand, which may fire others. */
const shortest = 500;
const longestBusy = 1_000;

/**
 * Milliseconds between polls, on a server that does not hold them: a tenth of the time since there was work last, from half a second up to
 * `longest`; ten times of what the poll itself took, so that a slow server is asked less; shortened by up to a quarter so that workers
 * don't march in step.
 */
function betweenPolls(
  facts: { readonly sinceWork: number; readonly hasRuns: boolean; readonly took: number; readonly longest: number },
  random: number,
): number {
  const { sinceWork, hasRuns, took, longest } = facts;
  const eager = Math.max(shortest, hasRuns ? Math.min(longestBusy, sinceWork / 10) : sinceWork / 10);
  return Math.min(longest, Math.max(eager, 10 * took)) * (1 - random / 4);
}
