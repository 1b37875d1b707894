import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';

import { createClock, secondsBetween } from '@tributary/contract/moment';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { FlowOutcome } from '../run/run-flow.ts';
import { record as recordRun, type Recording } from '../run/test-support/recording-run.ts';
import { allowFailure } from './allow-failure.ts';
import { flow } from './flow.ts';
import { exponentialBackoff, retryAfter } from './retry.ts';
import { task, type TaskOptions } from './task.ts';

// setImmediate isn't faked, because the runs' real input and output needs it.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A run whose states have the times of the fake clock. */
const record = (): Recording => recordRun({ clock: createClock(() => Date.now()) });

/** Advances the fake clock until the promise settles. */
async function turnUntil<Result>(promise: Promise<Result>): Promise<Result> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  promise.then(end, end);
  while (!ended.signal.aborted) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!ended.signal.aborted) await vi.advanceTimersToNextTimerAsync();
  }
  return promise;
}

const inFlow = (recording: Recording, work: () => unknown) => turnUntil(recording.start(flow({ name: 'f' }, work)));

/** Creates a task whose attempts throw these values, one value each, in order. When all are thrown, it returns the number of attempts. */
function throwing(thrown: readonly unknown[], options: Partial<TaskOptions<[]>> = {}) {
  let attempts = 0;
  return task({ name: 'fetch', ...options }, async () => {
    attempts += 1;
    if (attempts <= thrown.length) throw thrown[attempts - 1];
    return attempts;
  });
}

/** Reads from the reported states how many seconds each wait for a retry takes. */
function waitsOf({ reports }: Recording): number[] {
  return reports.flatMap(({ state, previous }) =>
    previous?.name === 'AwaitingRetry' ? [Math.round(secondsBetween(previous.timestamp, state.timestamp) * 10) / 10] : [],
  );
}

const errorOf = (outcome: FlowOutcome): unknown => (outcome.completed ? undefined : outcome.error);

const busy = new Error('answered 429');
const down = new Error('down');
const ask = (seconds: number, times = 1) => Array.from({ length: times }, () => retryAfter(seconds, busy));

describe('retryDelay', () => {
  it('sees the failure and its number, and says how long to wait', async () => {
    const recording = record();
    const retryDelay = vi.fn<(failure: unknown, attempt: number) => `${number}s`>((failure, attempt) =>
      failure === busy ? '60s' : `${attempt}s`,
    );
    const fetch = throwing([down, busy, down], { retries: 3, retryDelay });
    expect(await inFlow(recording, () => fetch())).toMatchObject({ value: 4 });
    expect(retryDelay.mock.calls).toEqual([
      [down, 1],
      [busy, 2],
      [down, 3],
    ]);
    expect(waitsOf(recording)).toEqual([1, 60, 3]);
    expect(recording.reports[0]?.task_run.empirical_policy).toEqual({ retries: 3, retry_delay: null });
  });

  it('is lengthened by retryJitter', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const recording = record();
    await inFlow(recording, () => throwing([down, down], { retries: 2, retryDelay: () => 10, retryJitter: 0.5 })());
    await inFlow(recording, () => throwing([down, down], { retryDelay: ['10s', '20s'], retryJitter: 1 })());
    vi.restoreAllMocks();
    expect(waitsOf(recording)).toEqual([12.5, 12.5, 15, 30]);
  });

  it('as a list, uses its last delay for all further retries', async () => {
    const recording = record();
    await inFlow(recording, () => throwing([down, down, down], { retries: 3, retryDelay: ['1s', '5m'] })());
    expect(waitsOf(recording)).toEqual([1, 300, 300]);
    expect(recording.reports[0]?.task_run.empirical_policy).toEqual({ retries: 3, retry_delay: [1, 300] });
  });

  it('as a function, needs retries', async () => {
    const retryDelay = vi.fn<() => number>(() => 1);
    expect(await inFlow(record(), () => throwing([down], { retryDelay })())).toMatchObject({ error: down });
    expect(retryDelay).not.toHaveBeenCalled();
  });

  it.each<[string, () => unknown, string]>([
    ['returns a wrong text', () => 'soon', 'returned "soon", which isn\'t a duration: return seconds'],
    ['returns nothing', () => undefined, "returned undefined, which isn't a duration"],
    ['returns less than 0', () => -1, "returned -1, which isn't a duration"],
    ['returns NaN', () => Number.NaN, "returned NaN, which isn't a duration"],
    ['returns a list', () => [1, 2], "returned [ 1, 2 ], which isn't a duration"],
    ['returns a bigint', () => 1n, "returned 1n, which isn't a duration"],
    ['returns a promise', async () => 1, "returned Promise { 1 }, which isn't a duration"],
    [
      'throws',
      () => {
        throw new TypeError('no such header');
      },
      'threw TypeError: no such header',
    ],
  ])('that %s ends the task with an error that names the task, with the failure as its cause', async (_, retryDelay, message) => {
    const recording = record();
    const outcome = await inFlow(recording, () => throwing([down], { retries: 3, retryDelay: retryDelay as () => number })());
    expect(outcome).toMatchObject({
      error: { code: 'misuse', cause: down, message: expect.stringContaining(`The retryDelay of task "fetch" ${message}`) },
      state: { type: 'FAILED', message: expect.stringMatching(/Attempt 1 failed and isn't retried: down$/) },
    });
    expect(recording.statesOf('fetch-0')).toEqual(['Running', 'Failed']);
  });
});

describe('exponentialBackoff', () => {
  it('doubles from the first delay up to the longest', () => {
    const [short, triple, none] = [
      exponentialBackoff('1s', { longest: '5s' }),
      exponentialBackoff('500ms', { factor: 3 }),
      exponentialBackoff(0),
    ];
    expect([1, 2, 3, 4, 5000].map((attempt) => short(down, attempt))).toEqual([1, 2, 4, 5, 5]);
    expect([1, 2, 3].map((attempt) => triple(down, attempt))).toEqual([0.5, 1.5, 4.5]);
    expect(none(down, 5000)).toBe(0);
  });

  it('delays the retries of a task', async () => {
    const recording = record();
    await inFlow(recording, () =>
      throwing([down, down, down, down], { retries: 4, retryDelay: exponentialBackoff('10s', { longest: '1m' }) })(),
    );
    expect(waitsOf(recording)).toEqual([10, 20, 40, 60]);
  });

  it.each([
    [() => exponentialBackoff(-1), 'first delay of exponentialBackoff is -1'],
    [() => exponentialBackoff(1, { longest: 'long' as '1s' }), 'longest delay of exponentialBackoff is "long"'],
    [() => exponentialBackoff(1, { factor: Number.NaN }), 'factor of exponentialBackoff is NaN'],
  ])('refuses wrong options', (make, message) => {
    expect(make).toThrow(message);
  });
});

describe('retryAfter', () => {
  it('is waited for as AwaitingRetry, and uses up no retry', async () => {
    const recording = record();
    const fetch = throwing([...ask(2, 3), down, ...ask(90)], { retries: 1, retryDelay: '7s' });
    expect(await inFlow(recording, () => fetch())).toMatchObject({ completed: true, value: 6 });
    expect(waitsOf(recording)).toEqual([2, 2, 2, 7, 90]);
    expect(recording.reports.at(-1)?.task_run.run_count).toBe(6);
    expect(recording.statesOf('fetch-0').slice(0, 3)).toEqual(['Running', 'AwaitingRetry', 'Retrying']);
    const { state } = recording.reports[1] ?? {};
    expect(state).toMatchObject({ type: 'SCHEDULED', message: 'answered 429' });
    expect(secondsBetween(state?.timestamp ?? ('' as never), state?.state_details.scheduled_time ?? ('' as never))).toBeCloseTo(2, 2);
    expect(recording.lines()[0]).toBe(
      'Task "fetch-0" failed: answered 429. The error asks for the next attempt in 2 s. This doesn\'t use up a retry.',
    );
  });

  it('needs no retries, isn’t lengthened by jitter, and is not shown to retryIf', async () => {
    const recording = record();
    const retryIf = vi.fn<() => boolean>(() => false);
    const fetch = throwing(ask(30), { retryIf, retryJitter: 1 });
    expect(await inFlow(recording, () => fetch())).toMatchObject({ value: 2 });
    expect(waitsOf(recording)).toEqual([30]);
    expect(retryIf).not.toHaveBeenCalled();
  });

  it.each([0, -5, 0.2])('waits for a second at least, where %d s are asked for', async (seconds) => {
    const recording = record();
    await inFlow(recording, () => throwing(ask(seconds))());
    expect(waitsOf(recording)).toEqual([1]);
  });

  it('is an ordinary failure once a wait would end after retryAfterLimit, counted from the first', async () => {
    const recording = record();
    const seen: unknown[] = [];
    const fetch = throwing(ask(240, 9), {
      retries: 2,
      retryDelay: (failure, attempt) => {
        seen.push([failure, attempt]);
        return 5;
      },
    });
    expect(await inFlow(recording, () => fetch())).toMatchObject({
      error: busy,
      state: { type: 'FAILED', message: 'Task "fetch-0" failed: answered 429' },
    });
    expect(waitsOf(recording)).toEqual([240, 240, 5, 5]);
    expect(seen).toEqual([
      [busy, 1],
      [busy, 2],
    ]);
    expect(recording.lines()).toContain(
      'The error of task "fetch-0" asks for a wait of 240 s, but the task\'s retryAfterLimit of 600 s has 120 s left. This counts as an ordinary failure.',
    );
  });

  it('may wait for exactly its limit, and no longer', async () => {
    const recording = record();
    expect(await inFlow(recording, () => throwing(ask(120), { retryAfterLimit: '2m' })())).toMatchObject({ value: 2 });
    expect(await inFlow(recording, () => throwing(ask(121), { retryAfterLimit: '2m' })())).toMatchObject({ error: busy });
    expect(await inFlow(recording, () => throwing(ask(1), { retryAfterLimit: 0 })())).toMatchObject({ error: busy });
    expect(waitsOf(recording)).toEqual([120]);
  });

  it('past its limit asks retryIf, with the error itself', async () => {
    const retryIf = vi.fn<(error: unknown, attempt: number) => boolean>(() => false);
    await inFlow(record(), () => throwing(ask(601), { retries: 5, retryIf })());
    expect(retryIf.mock.calls).toEqual([[busy, 1]]);
  });

  it('leaves the author’s error to the callers of the task', async () => {
    const outcome = await inFlow(record(), async () => {
      const fetch = throwing(ask(1, 99), { retryAfterLimit: 0 });
      const receive = task({ name: 'receive' }, (given: number | Error) => given);
      const future = fetch.submit();
      return [
        await fetch().catch((error: unknown) => error),
        await receive(allowFailure(future)),
        await future.result().catch((error: unknown) => error),
      ];
    });
    const errors = outcome.completed && Array.isArray(outcome.value) ? outcome.value : [];
    expect(errors).toHaveLength(3);
    for (const error of errors) expect(error).toBe(busy);
  });

  it('counts in the innermost task alone', async () => {
    const recording = record();
    const inner = throwing(ask(3, 99), { retryAfterLimit: 7 });
    const outer = task({ name: 'outer' }, () => inner());
    expect(await inFlow(recording, () => outer())).toMatchObject({ error: busy });
    expect(recording.statesOf('outer-0')).toEqual(['Running', 'Failed']);
    expect(waitsOf(recording)).toEqual([3, 3]);
  });

  it('counts for the thrown error, not for its cause', async () => {
    const wrapped = new Error('page 3 failed', { cause: retryAfter(3, busy) });
    expect(await inFlow(record(), () => throwing([wrapped])())).toMatchObject({ error: wrapped });
    const again = record();
    const nested = [retryAfter(4, retryAfter(3, busy)), retryAfter(700, retryAfter(3, busy))];
    const outcome = await inFlow(again, () => throwing(nested)().catch((error: unknown) => error));
    expect(outcome.completed && outcome.value).toBe(busy);
    expect(waitsOf(again)).toEqual([4]);
  });

  it('is known by its symbol, in errors of another realm too', async () => {
    const foreign: unknown = runInNewContext(
      `Object.defineProperty(new Error('x', { cause: 'busy' }), Symbol.for('tributary.retry-after'), { value: 5 })`,
    );
    const recording = record();
    expect(await inFlow(recording, () => throwing([foreign])())).toMatchObject({ value: 2 });
    expect(waitsOf(recording)).toEqual([5]);
    expect(recording.lines()[0]).toMatch(/^Task "fetch-0" failed: busy\./);
  });

  it('begins a new attempt’s timeout after the wait', async () => {
    const recording = record();
    expect(await inFlow(recording, () => throwing(ask(60, 2), { timeout: '2s' })())).toMatchObject({ value: 3 });
    expect(waitsOf(recording)).toEqual([60, 60]);
  });

  it('ends at once when the run is cancelled', async () => {
    const recording = record();
    const ended = recording.start(flow({ name: 'f' }, () => throwing(ask(300))()));
    await vi.advanceTimersByTimeAsync(1000);
    expect(recording.statesOf('fetch-0')).toEqual(['Running', 'AwaitingRetry']);
    const before = performance.now();
    recording.cancel(new Error('stop'));
    expect((await ended).state?.type).toBe('CANCELLED');
    expect(performance.now()).toBe(before);
    expect(recording.statesOf('fetch-0')).toEqual(['Running', 'AwaitingRetry', 'Cancelled']);
  });

  it('of a mapped task does not delay other items', async () => {
    const recording = record();
    const asked = new Set<number>();
    const fetch = task({ name: 'fetch' }, async (page: number) => {
      if (page === 2 && !asked.has(page)) {
        asked.add(page);
        throw retryAfter('5s', busy);
      }
      return page;
    });
    expect(await inFlow(recording, () => fetch.map([1, 2, 3]).result())).toMatchObject({ value: [1, 2, 3] });
    expect(waitsOf(recording)).toEqual([5]);
  });

  it('is waited for before a result is cached', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tributary-retry-'));
    vi.stubEnv('TRIBUTARY_HOME', home);
    const recording = record();
    const fetch = throwing(ask(20), { cache: () => 'key' });
    expect(await inFlow(recording, async () => [await fetch(), await fetch()])).toMatchObject({ value: [2, 2] });
    expect(recording.statesOf('fetch-1')).toEqual(['Cached']);
    expect(waitsOf(recording)).toEqual([20]);
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });

  it('thrown in a flow’s body, is an ordinary failure with a warning', async () => {
    const recording = record();
    let attempts = 0;
    const body = () => {
      attempts += 1;
      throw retryAfter('5m', busy);
    };
    const begin = performance.now();
    const outcome = await turnUntil(recording.start(flow({ name: 'load', retries: 1, retryDelay: '3s' }, body)));
    expect(outcome.state).toMatchObject({ type: 'FAILED', message: 'answered 429' });
    expect(errorOf(outcome)).toBe(busy);
    expect([attempts, Math.round((performance.now() - begin) / 1000)]).toEqual([2, 3]);
    const warnings = recording.logs.filter(({ level, message }) => level === 30 && message.includes('retryAfter'));
    expect(warnings.map(({ message }) => message)).toEqual(
      Array(2).fill(
        'Flow "load" threw retryAfter in its own body, where the delay has no effect. Throw it in a task, or set retries and retryDelay of the flow.',
      ),
    );
  });

  it.each<[unknown, string]>([
    ['soon', '"soon"'],
    [Number.NaN, 'NaN'],
    [undefined, 'undefined'],
    [Infinity, 'Infinity'],
  ])('refuses the delay %s, and keeps the failure as the cause', (delay, shown) => {
    const message = `The delay of retryAfter is ${shown}, which isn't a duration: give seconds, or a text such as "500ms", "10s", "5m", "2h". The error given to it: answered 429`;
    expect(() => retryAfter(delay as number, busy)).toThrow(expect.objectContaining({ message, code: 'misuse', cause: busy }));
  });

  it('refuses a wrong limit where the task is made', () => {
    expect(() => task({ name: 't', retryAfterLimit: 'long' as '1s' }, () => 1)).toThrow('retryAfterLimit of task "t" is "long"');
  });
});
