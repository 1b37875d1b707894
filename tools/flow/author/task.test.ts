import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { record } from '../run/test-support/recording-run.ts';
import { allowFailure } from './allow-failure.ts';
import { flow } from './flow.ts';
import { retryAfter } from './retry.ts';
import { run } from './run.ts';
import { task } from './task.ts';

let home: string;
const before = process.env['TRIBUTARY_HOME'];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tributary-task-'));
  process.env['TRIBUTARY_HOME'] = home;
});
afterAll(async () => {
  if (before === undefined) delete process.env['TRIBUTARY_HOME'];
  else process.env['TRIBUTARY_HOME'] = before;
  await rm(home, { recursive: true });
});
afterEach(() => {
  vi.useRealTimers();
});

const later = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
const fail = (message = 'no'): never => {
  throw new Error(message);
};

it('a task is a plain function outside a flow too, with its retries', async () => {
  let tries = 0;
  const flaky = task({ name: 'flaky', retries: 1 }, (a: number, b: number) => {
    tries += 1;
    return tries === 1 ? fail() : a + b;
  });
  expect(await flaky(1, 2)).toBe(3);
  expect(tries).toBe(2);
});

it('a call is reported as Running and Completed, with its counters and strictly increasing times', async () => {
  const double = task({ name: 'double', tags: ['math'] }, async (n: number) => n * 2);
  const recording = record();
  await recording.start(flow({ name: 'f' }, () => double(2)));
  expect(recording.reports).toMatchObject([
    {
      previous: null,
      state: { type: 'RUNNING', name: 'Running' },
      task_run: {
        name: 'double-0',
        task_key: 'double',
        dynamic_key: expect.stringMatching(/^\w{8}-0$/),
        tags: ['math'],
        run_count: 1,
        flow_run_run_count: 1,
        end_time: null,
      },
    },
    { previous: { type: 'RUNNING' }, state: { type: 'COMPLETED' }, task_run: { run_count: 1, end_time: expect.any(String) } },
  ]);
  const [running, completed] = recording.reports;
  expect(running?.task_run.start_time).toBe(running?.state.timestamp);
  expect(completed?.previous?.id).toBe(running?.state.id);
  expect((completed?.state.timestamp ?? '') > (running?.state.timestamp ?? '')).toBe(true);
  expect(completed?.task_run.total_run_time).toBeGreaterThan(0);
});

it('a failed task fails the flow with its message, unless the flow catches it', async () => {
  const broken = task({ name: 'broken' }, () => fail('the API answered 500'));
  const recording = record();
  expect(await recording.start(flow({ name: 'f' }, () => broken()))).toMatchObject({
    completed: false,
    state: { type: 'FAILED', message: 'Task "broken-0" failed: the API answered 500' },
  });
  expect(recording.reports.at(-1)?.state).toMatchObject({ type: 'FAILED', name: 'Failed', message: 'the API answered 500' });
  expect(await flow({ name: 'g' }, () => broken().catch(() => 'caught'))()).toBe('caught');
});

it('retries are reported, and wait for the listed delays, then for the last one again', async () => {
  const stamps: number[] = [];
  const flaky = task({ name: 'flaky', retries: 3, retryDelay: ['10ms', '40ms'] }, () => {
    stamps.push(performance.now());
    return stamps.length < 4 ? fail('down') : 'up';
  });
  const recording = record();
  expect(await recording.start(flow({ name: 'f' }, () => flaky()))).toMatchObject({ value: 'up' });
  const gaps = stamps.slice(1).map((stamp, index) => stamp - (stamps[index] ?? 0));
  expect(gaps[0]).toBeGreaterThanOrEqual(9);
  expect(gaps[1]).toBeGreaterThanOrEqual(39);
  expect(gaps[2]).toBeGreaterThanOrEqual(39);
  expect(recording.statesOf('flaky-0')).toEqual([
    'Running',
    'AwaitingRetry',
    'Retrying',
    'AwaitingRetry',
    'Retrying',
    'AwaitingRetry',
    'Retrying',
    'Completed',
  ]);
  expect(recording.reports.at(-1)?.task_run.run_count).toBe(4);
  expect(recording.lines()[0]).toBe('Task "flaky-0" failed: down. Retry 1 of 3 follows in 0.01 s.');
});

it('an error with retryAfter is waited for, by the real clock too', async () => {
  const stamps: number[] = [];
  const busy = task({ name: 'busy' }, () => {
    stamps.push(performance.now());
    if (stamps.length === 1) throw retryAfter('1s', new Error('answered 429'));
    return 'ready';
  });
  expect(await busy()).toBe('ready');
  expect((stamps[1] ?? 0) - (stamps[0] ?? 0)).toBeGreaterThanOrEqual(999);
});

it('a list of delays sets the number of retries', async () => {
  const tries = vi.fn<() => never>(() => fail());
  await expect(task({ name: 't', retryDelay: [0, 0] }, tries)()).rejects.toThrow('no');
  expect(tries).toHaveBeenCalledTimes(3);
});

it('retryIf decides which failures are retried; when it throws, none is', async () => {
  const tries = vi.fn<() => never>(() => fail('400'));
  const picky = task({ name: 'picky', retries: 3, retryIf: (error, attempt) => String(error).includes('500') || attempt < 2 }, tries);
  await expect(picky()).rejects.toThrow('400');
  expect(tries).toHaveBeenCalledTimes(2);
  const broken = vi.fn<() => never>(() => fail('original'));
  await expect(task({ name: 'b', retries: 3, retryIf: () => fail('in retryIf') }, broken)()).rejects.toThrow('original');
  expect(broken).toHaveBeenCalledTimes(1);
});

it('an attempt that exceeds its timeout fails as TimedOut, its signal is aborted, and the next attempt has its own timeout', async () => {
  const signals: AbortSignal[] = [];
  const slow = task({ name: 'slow', timeout: '40ms', retries: 1 }, async () => {
    signals.push(run().signal);
    if (signals.length === 1) await later(10_000);
    return 'second';
  });
  const recording = record();
  expect(await recording.start(flow({ name: 'f' }, () => slow()))).toMatchObject({ value: 'second' });
  expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
  const hopeless = task({ name: 'hopeless', timeout: 0.02 }, () => later(10_000));
  const again = record();
  const outcome = await again.start(flow({ name: 'f' }, () => hopeless()));
  expect(outcome).toMatchObject({ error: { code: 'timeout' }, state: { type: 'FAILED', name: 'Failed' } });
  expect(again.statesOf('hopeless-0')).toEqual(['Running', 'TimedOut']);
});

it('futures given to other tasks, also inside arrays and objects, are waited for and draw the edges', async () => {
  const one = task({ name: 'one' }, async (n: number) => n);
  const sum = task({ name: 'sum' }, (first: number, others: { more: number[]; last: number }) =>
    [first, ...others.more, others.last].reduce((a, b) => a + b, 0),
  );
  const recording = record();
  const outcome = await recording.start(
    flow({ name: 'f' }, async () => {
      const futures = [1, 2, 3].map((n) => one.submit(n));
      const [a, b, c] = futures;
      if (!a || !b || !c) throw new Error('three');
      return sum(a, { more: [10, 20], last: c }).then((total) => [total, a.state?.name]);
    }),
  );
  expect(outcome).toMatchObject({ value: [34, 'Completed'] });
  const ids = new Map(recording.reports.map(({ task_run }) => [task_run.name, task_run.id]));
  const inputs = recording.reports.at(-1)?.task_run.task_inputs;
  expect(inputs).toEqual({
    'argument 1': [{ input_type: 'task_run', id: ids.get('one-0') }],
    'argument 2': [{ input_type: 'task_run', id: ids.get('one-2') }],
  });
});

it('a result that is passed on draws the edge as well, and a task in a task names its parent', async () => {
  const load = task({ name: 'load' }, async () => [{ id: 1 }]);
  const inner = task({ name: 'inner' }, (rows: { id: number }[]) => rows.length);
  const outer = task({ name: 'outer' }, async (rows: { id: number }[]) => inner(rows));
  const recording = record();
  await recording.start(flow({ name: 'f' }, async () => outer(await load())));
  const find = (name: string): (typeof recording.reports)[number]['task_run'] | undefined =>
    recording.reports.find(({ task_run }) => task_run.name === name)?.task_run;
  const edge = { input_type: 'task_run', id: find('load-0')?.id };
  expect(find('outer-0')?.task_inputs).toEqual({ 'argument 1': [edge] });
  expect(find('inner-0')?.task_inputs).toEqual({
    'argument 1': [edge],
    __parents__: [{ input_type: 'task_run', id: find('outer-0')?.id }],
  });
});

it('rows taken out of several pages draw an edge from each of them', async () => {
  const page = task({ name: 'page' }, async (nth: number) => ({ rows: Array.from({ length: 50 }, (_, id) => ({ id: nth * 50 + id })) }));
  const write = task({ name: 'write' }, (rows: { id: number }[]) => rows.length);
  const recording = record();
  await recording.start(
    flow({ name: 'f' }, async () => {
      const pages = await page.map([0, 1, 2, 3]).result();
      return write(pages.flatMap(({ rows }) => rows));
    }),
  );
  expect(recording.reports.at(-1)?.task_run.task_inputs['argument 1']).toHaveLength(4);
});

it('allowFailure passes the error of a failed task, with its edge, and fails nothing', async () => {
  const recording = record();
  const broken = task({ name: 'broken' }, (n: number): number => {
    if (n > 1) throw n === 2 ? new Error('no data') : 'a text';
    return n;
  });
  const next = task({ name: 'next' }, (row: number | Error) => (row instanceof Error ? row.message : row));
  const all = task({ name: 'all' }, (rows: readonly (number | Error)[]) => rows.map((row) => (row instanceof Error ? row.message : row)));
  const after = task({ name: 'after' }, () => 'ran');
  const outcome = await recording.start(
    flow({ name: 'f' }, async () => {
      const rows = broken.map([1, 2, 3]);
      const second = broken.submit(2);
      return [
        await next(allowFailure(second)),
        await all(allowFailure(rows)),
        await after.with({ waitFor: [allowFailure(second)] })(),
        await after
          .with({ waitFor: [allowFailure(second), second] })()
          .catch((error: Error) => error.message),
      ];
    }),
  );
  expect(outcome).toMatchObject({
    completed: true,
    value: [
      'no data',
      [1, 'no data', 'a text'],
      'ran',
      expect.stringMatching(/"after-1" depends on "broken-3" and did not run: .*no data/),
    ],
  });
  const idOf = (name: string) => recording.reports.find(({ task_run }) => task_run.name === name)?.task_run.id;
  const inputsOf = (name: string) => recording.reports.find(({ task_run }) => task_run.name === name)?.task_run.task_inputs;
  expect(inputsOf('next-0')).toEqual({ 'argument 1': [{ input_type: 'task_run', id: idOf('broken-3') }] });
  expect(inputsOf('all-0')?.['argument 1']?.map((input) => 'id' in input && input.id)).toEqual(
    ['broken-0', 'broken-1', 'broken-2'].map(idOf),
  );
  expect(inputsOf('after-0')).toEqual({ wait_for: [{ input_type: 'task_run', id: idOf('broken-3') }] });
});

it('a task that depends on a failed task does not run: it ends as NotReady with the reason', async () => {
  const broken = task({ name: 'broken' }, async (): Promise<number> => fail('no data'));
  const body = vi.fn<(rows: number) => void>();
  const next = task({ name: 'next' }, body);
  const recording = record();
  const outcome = await recording.start(flow({ name: 'f' }, () => next.submit(broken.submit()).result()));
  expect(outcome.state?.message).toBe('Task "next-0" depends on "broken-0" and did not run: "broken-0" ended as Failed: no data.');
  expect(recording.statesOf('next-0')).toEqual(['Pending', 'NotReady']);
  expect(body).not.toHaveBeenCalled();
});

it('waitFor orders tasks that share no data', async () => {
  const order: string[] = [];
  const first = task({ name: 'first' }, async () => {
    await later(20);
    order.push('first');
  });
  const second = task({ name: 'second' }, () => void order.push('second'));
  const recording = record();
  await recording.start(
    flow({ name: 'f' }, async () => {
      const future = first.submit();
      await second.with({ waitFor: [future] })();
    }),
  );
  expect(order).toEqual(['first', 'second']);
  expect(recording.reports.at(-1)?.task_run.task_inputs).toHaveProperty('wait_for');
});

it('map gives results in the order of the items, never more at once than `concurrency`, with shared arguments', async () => {
  let underway = 0;
  let most = 0;
  const fetchPage = task({ name: 'fetch page' }, async (page: number, base: string) => {
    most = Math.max(most, (underway += 1));
    await later(5);
    underway -= 1;
    return `${base}${page}`;
  });
  const result = await flow({ name: 'f' }, () => fetchPage.map([1, 2, 3, 4, 5], { concurrency: 2, with: ['/p'] }))();
  expect(result).toEqual(['/p1', '/p2', '/p3', '/p4', '/p5']);
  expect(most).toBe(2);
});

it('when items of a map fail, the others continue, and the first failure is thrown', async () => {
  const seen: number[] = [];
  const odd = task({ name: 'odd' }, async (n: number) => {
    seen.push(n);
    return n % 2 === 0 ? fail(`${n} is even`) : n;
  });
  const mapped = flow({ name: 'f' }, () => odd.map([1, 2, 3, 4], { concurrency: 1 }).result());
  await expect(mapped()).rejects.toThrow('2 is even');
  expect(seen).toEqual([1, 2, 3, 4]);
});

it('a cancel drains a map: items that wait for their turn never start', async () => {
  const started: number[] = [];
  const recording = record();
  const hold = task({ name: 'hold' }, async (n: number) => {
    started.push(n);
    await new Promise((resolve) => {
      run().signal.addEventListener('abort', resolve);
    });
  });
  setTimeout(() => recording.cancel(new Error('stop')), 20);
  const outcome = await recording.start(flow({ name: 'f' }, () => hold.map([1, 2, 3], { concurrency: 1 }).result()));
  expect(outcome.state?.type).toBe('CANCELLED');
  expect(started).toEqual([1]);
  expect(recording.statesOf('hold-2')).toEqual(['Pending', 'Cancelled']);
});

it('an equal call of a cached task ends as Cached with the stored result, in a later run too', async () => {
  const body = vi.fn<(query: { a: number; b: number }) => { rows: number }>((query) => ({ rows: query.a + query.b }));
  const cached = task({ name: 'cached', cache: 'inputs', cacheFor: '1h' }, body);
  const both = flow({ name: 'f', parameters: z.object({ a: z.int() }) }, ({ a }) => cached({ a, b: 1 }));
  expect(await both({ a: 1 })).toEqual({ rows: 2 });
  const recording = record();
  expect(await recording.start(both, { a: 1 })).toMatchObject({ value: { rows: 2 } });
  expect(recording.statesOf('cached-0')).toEqual(['Cached']);
  const details = recording.reports.at(-1)?.state.state_details;
  const left = Date.parse(details?.cache_expiration ?? '') - Date.now();
  expect(left).toBeGreaterThan(3_500_000);
  expect(left).toBeLessThanOrEqual(3_600_000);
  expect(details?.cache_key).toMatch(/^[0-9a-f]{64}$/);
  expect(recording.reports[0]?.task_run.start_time).not.toBeNull();
  expect(await both({ a: 2 })).toEqual({ rows: 3 });
  expect(body).toHaveBeenCalledTimes(2);
});

it('a cached result expires after cacheFor, and a function may make the key', async () => {
  const body = vi.fn<(day: string, noise: number) => string>((day) => day);
  const daily = task({ name: 'daily', cache: (day: string) => day, cacheFor: '60ms' }, body);
  await daily('monday', 1);
  await daily('monday', 2);
  expect(body).toHaveBeenCalledTimes(1);
  await later(80);
  await daily('monday', 3);
  expect(body).toHaveBeenCalledTimes(2);
});

it('a result that JSON can’t hold is not cached, with a line that says so; the task completes', async () => {
  const body = vi.fn<() => Map<string, number>>(() => new Map([['a', 1]]));
  const mapped = task({ name: 'mapped', cache: 'inputs' }, body);
  const recording = record();
  const twice = flow({ name: 'f' }, async () => [await mapped(), await mapped()].length);
  expect(await recording.start(twice)).toMatchObject({ completed: true });
  expect(body).toHaveBeenCalledTimes(2);
  expect(recording.lines()[0]).toBe(`The result of "mapped-0" was not cached: it isn't JSON (a Map).`);
  expect((await readdir(join(home, 'data', '.cache'))).every((name) => name.endsWith('.json'))).toBe(true);
});

it('arguments that JSON can’t hold fail a cached task before it runs; an unusable cache folder does not', async () => {
  const body = vi.fn<(at: Date) => string>(() => 'done');
  const dated = task({ name: 'dated', cache: 'inputs' }, body);
  const recording = record();
  await recording.start(flow({ name: 'f' }, () => dated(new Date(0))));
  expect(recording.reports.at(-1)?.state).toMatchObject({ type: 'FAILED', message: expect.stringContaining('at arguments[0]: a Date') });
  expect(body).not.toHaveBeenCalled();
  const again = record();
  const keyed = task({ name: 'keyed', cache: () => 'k' }, () => 'done');
  vi.stubEnv('TRIBUTARY_HOME', '/dev/null');
  expect(await again.start(flow({ name: 'f' }, () => keyed()))).toMatchObject({ completed: true, value: 'done' });
  vi.unstubAllEnvs();
  expect(again.lines()[0]).toMatch(/^The result of "keyed-0" was not cached: ENOTDIR/);
});

it('runName names a task run by its arguments', async () => {
  const page = task({ name: 'page', runName: (n: number) => `page ${n}` }, (n: number) => n);
  const recording = record();
  await recording.start(flow({ name: 'f' }, () => page.with({ tags: ['x'] })(7)));
  expect(recording.reports[0]?.task_run).toMatchObject({ name: 'page 7', tags: ['x'] });
});

it('a thousand calls in a row cost well under a millisecond each, and draw no warning', async () => {
  const noop = task({ name: 'noop', timeout: '1h' }, (n: number) => n);
  const warned = vi.fn<() => void>();
  process.on('warning', warned);
  const many = flow({ name: 'f' }, async () => {
    // CPU time of this process, which other processes don't slow down.
    const begin = process.cpuUsage();
    for (let n = 0; n < 1000; n += 1) await noop(n);
    await noop.map(Array.from({ length: 1000 }, (_, n) => n)).result();
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1000 / 2000;
  });
  expect(await many()).toBeLessThan(0.5);
  await later(5);
  process.off('warning', warned);
  expect(warned).not.toHaveBeenCalled();
});

it('an invalid option is refused at once, with the option', () => {
  expect(() => task({ name: '' }, () => 1)).toThrow("A task's name");
  expect(() => task({ name: 't', retries: 1.5 }, () => 1)).toThrow('retries of task "t" are 1.5');
  expect(() => task({ name: 't', retryDelay: -1 }, () => 1)).toThrow('retryDelay of task "t" is -1, which isn\'t a duration');
  expect(() => task({ name: 't', retryJitter: -1 }, () => 1)).toThrow('retryJitter of task "t" is -1');
  expect(() => task({ name: 't' }, (n: number) => n).map([1], { concurrency: 0 })).toThrow('Task "t" is mapped with a concurrency of 0');
});
