/** What became of a run that was offered: claimed; refused; or it waits by now in another state, in which the next poll answers it. */
export type Taken = 'claimed' | 'refused' | 'offered anew';

/** What the polls so far came to, as far as the wait for the next one depends on it. Moments and durations are milliseconds. */
export interface PollHistory {
  /** polls in a row that failed */
  readonly failures: number;
  /** why the last of them did */
  readonly error?: unknown;
  /** polls in a row that found runs, of which none could be had */
  readonly refusals: number;
  /** how many runs the worker executed after the last poll */
  readonly running: number;
  /** when a run was last claimed, or was seen to have ended */
  readonly lastWork: number;
  /** the last answer; undefined after a failure, and before the first poll */
  readonly answer: PollAnswer | undefined;
}

/** An answered poll, and what became of the runs in it. */
export interface PollAnswer {
  /** when its runs were claimed or refused */
  readonly at: number;
  /** how long the server took to answer */
  readonly took: number;
  /** how many runs it was asked for */
  readonly limit: number;
  /** how many runs it has */
  readonly found: number;
  /** what became of those that the worker tried to claim */
  readonly taken: readonly Taken[];
  /** how many runs the worker executes now */
  readonly running: number;
}

export function beginHistory(now: number): PollHistory {
  return { failures: 0, refusals: 0, running: 0, lastWork: now, answer: undefined };
}

export function afterFailedPoll(history: PollHistory, error: unknown): PollHistory {
  return { ...history, failures: history.failures + 1, error, answer: undefined };
}

export function afterAnsweredPoll(history: PollHistory, answer: PollAnswer): PollHistory {
  const { found, taken, running } = answer;
  const claimed = taken.includes('claimed');
  // What was found and could not be had is found again at once: nothing is held for it. An offer that was only old is a new one then.
  const isRefused = found > 0 && !claimed && !taken.includes('offered anew');
  return {
    failures: 0,
    refusals: isRefused ? history.refusals + 1 : 0,
    running,
    lastWork: claimed || running < history.running ? answer.at : history.lastWork,
    answer,
  };
}
