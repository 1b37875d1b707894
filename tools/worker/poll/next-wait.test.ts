import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { describe, expect, it } from 'vitest';

import { nextWait } from './next-wait.ts';
import { afterAnsweredPoll, afterFailedPoll, beginHistory, type PollAnswer, type PollHistory } from './poll-history.ts';

const minute = 60_000;
const empty: PollAnswer = { at: 0, took: 40, limit: 4, found: 0, taken: [], isFull: false, running: 0 };
const away = new TributaryError('unreachable', 'nobody there');

/** The history after polls that were answered or failed, one after the other. */
function historyOf(...polls: (Partial<PollAnswer> | TributaryError)[]): PollHistory {
  return polls.reduce<PollHistory>(
    (history, poll) => (isTributaryError(poll) ? afterFailedPoll(history, poll) : afterAnsweredPoll(history, { ...empty, ...poll })),
    beginHistory(0),
  );
}

const plain = { holds: false, longest: 5_000 };
const holding = { holds: true, longest: 5_000 };
const refused = { found: 1, taken: ['refused'] } as const;
const full = { found: 4, taken: ['claimed', 'claimed', 'claimed', 'claimed'], running: 4 } as const;

describe('the wait for the next poll', () => {
  it.each<[string, PollHistory, typeof plain, number]>([
    ['of a worker that has not polled yet', beginHistory(0), plain, 0],
    ['after a failure', historyOf(away), plain, 250],
    ['after a failure, on a server that holds polls', historyOf(away), holding, 250],
    ['after three failures', historyOf(away, away, away), holding, 1_000],
    ['after very many failures', historyOf(...Array.from({ length: 40 }, () => away)), holding, 5_000],
    ['after failures and an answer', historyOf(away, away, { found: 1, taken: ['claimed'] }), holding, 0],
    ['after an answer and a failure', historyOf({ at: minute }, away), plain, 250],
    [
      'after an answer that asked for a wait',
      historyOf(new TributaryError('too_many_requests', 'busy', { facts: { retryAfter: 20 } })),
      holding,
      20_000,
    ],
    ['after a poll that was held and found nothing', historyOf({ took: 20_000 }), holding, 0],
    ['after an empty answer that was not held', historyOf({ took: 3 }), holding, 500],
    ['after a held poll that found work', historyOf({ took: 3, found: 1, taken: ['claimed'], running: 1 }), holding, 0],
    ['after a refused run', historyOf(refused), holding, 250],
    ['after the third poll in a row with refused runs only', historyOf(refused, refused, refused), plain, 1_000],
    ['after the tenth poll in a row with refused runs only', historyOf(...Array.from({ length: 10 }, () => refused)), holding, 1_000],
    ['after runs that were skipped', historyOf({ found: 2, taken: [] }), holding, 250],
    ['after runs for which no slot was free any more', historyOf({ found: 2, taken: [], isFull: true }), holding, 0],
    ['after a refused run and a claimed one', historyOf(refused, { found: 2, taken: ['refused', 'claimed'] }), holding, 0],
    ['after a refused run and one that is offered anew', historyOf(refused, { found: 1, taken: ['offered anew'] }), holding, 0],
    ['after refused runs, an empty answer and a refused run', historyOf(refused, refused, { took: 20_000 }, refused), holding, 250],
    ['after a full answer, from which runs were claimed', historyOf(full), plain, 0],
  ])('%s', (_, history, how, expected) => {
    expect(nextWait(history, how, 0.5)).toBe(expected);
  });

  it.each<[string, PollHistory, number]>([
    ['after an answer that was not full', historyOf({ ...full, found: 3, taken: ['claimed'] }), 500],
    ['after a full answer of runs that are offered anew', historyOf({ found: 4, taken: ['offered anew'] }), 500],
    ['20 s after the last work', historyOf({ at: 20_000 }), 2_000],
    ['a minute after the last work', historyOf({ at: minute }), 5_000],
    [
      'an hour after the last work, while a run executes',
      historyOf({ at: 0, found: 1, taken: ['claimed'], running: 1 }, { at: 60 * minute, running: 1 }),
      1_000,
    ],
    ['a minute after a start, once a run has ended', historyOf({ running: 1 }, { at: minute, running: 0 }), 500],
    [
      'a minute after a claim',
      historyOf({ at: 1_000, found: 1, taken: ['claimed'], running: 1 }, { at: 1_000, running: 0 }, { at: 41_000 }),
      4_000,
    ],
    ['after a slow answer', historyOf({ took: 300 }), 3_000],
    ['after a very slow answer', historyOf({ took: 2_000 }), 5_000],
  ])('on a server that holds no polls: %s', (_, history, expected) => {
    expect(nextWait(history, plain, 0)).toBe(expected);
  });

  it('is at most the wait that the user set', () => {
    expect(nextWait(historyOf({ at: minute, took: 2_000 }), { holds: false, longest: 200 }, 0)).toBe(200);
  });

  it('varies, so that workers do not poll in step', () => {
    expect([0, 1].map((random) => nextWait(historyOf({ at: minute }), plain, random))).toEqual([5_000, 3_750]);
    expect([0, 1].map((random) => nextWait(historyOf(away, away), plain, random))).toEqual([375, 625]);
  });
});
