/**
 * The outcome of a run that a poll offered. `offered anew`: the run has another SCHEDULED state by now, for example Late, and the next poll
 * offers the run in that state.
 */
export type Taken = 'claimed' | 'refused' | 'offered anew';

/** What a worker remembers of its polls, to decide how long it waits for the next one. Moments and durations are in milliseconds. */
export interface PollHistory {
  /** failed polls in a row */
  readonly failures: number;
  /** the error of the last failed poll */
  readonly error?: unknown;
  /** polls in a row that found only runs that the worker couldn't claim */
  readonly refusals: number;
  /** the number of runs that the worker executed after the last poll */
  readonly running: number;
  /** when the worker last claimed a run, or noticed that one had ended */
  readonly lastWork: number;
  /** the last answer; undefined after a failed poll, and before the first poll */
  readonly answer: PollAnswer | undefined;
}

/** The answer to a poll, and the outcome of the runs in it. */
export interface PollAnswer {
  /** when the claims of the runs in the answer were decided */
  readonly at: number;
  /** how long the server took to answer */
  readonly took: number;
  /** the number of runs that the poll asked for */
  readonly limit: number;
  /** the number of runs in the answer */
  readonly found: number;
  /** the outcome of each run that the worker tried to claim */
  readonly taken: readonly Taken[];
  /** whether the worker had no free slot any more when the answer came */
  readonly isFull: boolean;
  /** the number of runs that the worker executes after the claims */
  readonly running: number;
}

export function beginHistory(now: number): PollHistory {
  return { failures: 0, refusals: 0, running: 0, lastWork: now, answer: undefined };
}

export function afterFailedPoll(history: PollHistory, error: unknown): PollHistory {
  return { ...history, failures: history.failures + 1, error, answer: undefined };
}

export function afterAnsweredPoll(history: PollHistory, answer: PollAnswer): PollHistory {
  const { found, taken, isFull, running } = answer;
  const claimed = taken.includes('claimed');
  // A refused run counts, because the server would answer the next poll with it at once. A run that is offered anew can be claimed then.
  const isRefused = found > 0 && !isFull && !claimed && !taken.includes('offered anew');
  return {
    failures: 0,
    refusals: isRefused ? history.refusals + 1 : 0,
    running,
    lastWork: claimed || running < history.running ? answer.at : history.lastWork,
    answer,
  };
}
