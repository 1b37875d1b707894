import type { LeaseWatch } from '@tributary/contract/client/hold-lease';
import { TributaryError } from '@tributary/contract/error';
import { type LeaseId, newId } from '@tributary/contract/id';
import { expect, it, vi } from 'vitest';

import type { SlotPort, SlotRequest } from '../run/slots/slot-port.ts';
import { record } from '../run/test-support/recording-run.ts';
import { concurrency, rateLimit } from './concurrency.ts';
import { flow } from './flow.ts';
import { run } from './run.ts';
import { task } from './task.ts';

/** Creates a recording whose server has two slots, which the limit `db` and tasks tagged `heavy` share. */
function stand() {
  const held = new Map<LeaseId, number>();
  const watches: LeaseWatch[] = [];
  const requests: SlotRequest[] = [];
  let answering = Promise.resolve();
  const taken = (): number => [...held.values()].reduce((sum, slots) => sum + slots, 0);
  const slots: SlotPort = {
    async take(request) {
      requests.push(request);
      await answering;
      if (request.slots > 2) throw new TributaryError('invalid_request', 'was answered 422', { facts: { reason: 'more than it has' } });
      const known = request.names.filter((name) => name === 'db' || name === 'tag:heavy');
      if (known.length > 0 && taken() + request.slots > 2) return { granted: false, retryAfter: 30 };
      const lease = newId<LeaseId>();
      if (known.length > 0 && request.mode === 'concurrency') held.set(lease, request.slots);
      return { granted: true, lease: request.mode === 'concurrency' ? lease : null, known };
    },
    hold(lease, watch) {
      watches.push(watch);
      return async () => void held.delete(lease);
    },
  };
  return { ...record({ slots }), taken, watches, requests, answerLater: (when: Promise<void>) => void (answering = when) };
}
type Server = ReturnType<typeof stand>;

const waits = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const untilStopped = (): Promise<never> => {
  const { signal } = run();
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
};

it('work in tasks and in the flow never holds more slots than there are, and each holder is named', async () => {
  const server = stand();
  let most = 0;
  const step = task({ name: 'step' }, (n: number) =>
    concurrency('db', async () => {
      most = Math.max(most, server.taken());
      await waits(10);
      return n;
    }),
  );
  const outcome = await server.start(
    flow({ name: 'f' }, async () => {
      const both = await step.map([1, 2, 3, 4, 5]).result();
      return concurrency(['db', 'db'], { slots: 2 }, () => both.length);
    }),
  );
  expect(outcome).toMatchObject({ completed: true, value: 5 });
  expect(most).toBe(2);
  expect(server.taken()).toBe(0);
  expect(server.requests.map(({ holder }) => holder.type)).toContain('task_run');
  expect(server.requests.at(-1)).toMatchObject({ names: ['db'], slots: 2, holder: { type: 'flow_run' } });
  expect(server.lines()).toContain('Waiting for 1 slot of concurrency limit "db".');
});

it('slots are released after an error and after a cancel', async () => {
  const server = stand();
  await server.start(flow({ name: 'f' }, () => concurrency('db', () => Promise.reject(new Error('no table')))));
  expect(server.taken()).toBe(0);
  const outcome = server.start(flow({ name: 'f' }, () => concurrency('db', untilStopped)));
  await vi.waitFor(() => expect(server.taken()).toBe(1), 30_000);
  server.cancel(new TributaryError('cancelled', 'The run was cancelled.'));
  expect(await outcome).toMatchObject({ state: { type: 'CANCELLED' } });
  expect(server.taken()).toBe(0);
});

it('slots that are granted after the cancel are released', async () => {
  const server = stand();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.answerLater(promise);
  const work = vi.fn<() => void>();
  const outcome = server.start(flow({ name: 'f' }, () => concurrency('db', work)));
  await vi.waitFor(() => expect(server.requests).toHaveLength(1), 30_000);
  server.cancel(new TributaryError('cancelled', 'The run was cancelled.'));
  expect(await outcome).toMatchObject({ state: { type: 'CANCELLED' } });
  resolve();
  await vi.waitFor(() => expect(server.watches).toHaveLength(1), 30_000);
  expect(server.taken()).toBe(0);
  expect(work).not.toHaveBeenCalled();
});

it('a timeout, too many slots and invalid options fail the run with the reason', async () => {
  const server = stand();
  const failure = async (body: () => unknown): Promise<string | null | undefined> =>
    (await server.start(flow({ name: 'f' }, body))).state?.message;
  expect(await failure(() => concurrency('db', { slots: 2 }, () => concurrency('db', { timeout: '50ms' }, () => 1)))).toBe(
    'Timed out after 0.05 s waiting for 1 slot of concurrency limit "db".',
  );
  expect(await failure(() => concurrency('db', { slots: 3 }, () => 1))).toBe(
    'Can\'t acquire 3 slots of concurrency limit "db": more than it has',
  );
  expect(await failure(() => concurrency([], () => 1))).toMatch(/needs the name of a limit/);
  expect(await failure(() => concurrency('db', { slots: 0.5 }, () => 1))).toMatch(/slots of concurrency\("db"\) are 0\.5/);
  expect(server.taken()).toBe(0);
});

it('an unknown limit limits nothing and draws one warning; with strict it is an error', async () => {
  const server = stand();
  const twice = await server.start(
    flow({ name: 'f' }, async () => [await concurrency('typo', () => 1), await concurrency('typo', () => 2), await rateLimit('typo')]),
  );
  expect(twice).toMatchObject({ completed: true, value: [1, 2, undefined] });
  expect(server.lines()).toEqual([
    'There is no concurrency limit "typo", so nothing is limited. Create it with: npx tributary concurrency-limit create typo 1',
    expect.stringContaining("result isn't JSON"),
  ]);
  const strict = await server.start(flow({ name: 'f' }, () => concurrency(['db', 'typo'], { strict: true }, () => 1)));
  expect(strict).toMatchObject({ state: { type: 'FAILED', message: expect.stringContaining('There is no concurrency limit "typo"') } });
  expect(server.taken()).toBe(0);
});

it('tasks take a slot of each limit on their tags, and are Pending while they wait', async () => {
  const server = stand();
  let most = 0;
  const heavy = task({ name: 'heavy', tags: ['heavy', 'other'] }, async (n: number) => {
    most = Math.max(most, server.taken());
    await waits(10);
    return n;
  });
  const outcome = await server.start(flow({ name: 'f' }, () => heavy.map([1, 2, 3, 4]).result()));
  expect(outcome).toMatchObject({ completed: true, value: [1, 2, 3, 4] });
  expect(most).toBe(2);
  expect(server.taken()).toBe(0);
  expect(server.requests[0]).toMatchObject({ names: ['tag:heavy', 'tag:other'], holder: { type: 'task_run' }, leaseSeconds: 60 });
  const waited = server.reports.filter(({ state }) => state.message?.startsWith('Waiting for 1 slot of concurrency limits "tag:heavy"'));
  expect(waited.length).toBeGreaterThan(0);
  expect(waited.every(({ state }) => state.type === 'PENDING')).toBe(true);
});

it('tasks with a tag that has no limit request the limit once, and log no warning', async () => {
  const server = stand();
  const light = task({ name: 'light', tags: ['light'] }, (n: number) => n);
  const many = Array.from({ length: 100 }, (_, n) => n);
  const outcome = await server.start(flow({ name: 'f' }, async () => (await light.map(many).result()).length));
  expect(outcome).toMatchObject({ completed: true, value: 100 });
  expect(server.requests).toHaveLength(1);
  expect(server.lines()).toEqual([]);
});

it.each([
  ['server_error', 1],
  ['not_found', 0],
] as const)('tasks with tags run even when the request for their limits fails with %s', async (code, warnings) => {
  const server = stand();
  Object.assign(server.port, { slots: { ...server.port.slots, take: () => Promise.reject(new TributaryError(code, 'Oops')) } });
  const tagged = task({ name: 'tagged', tags: ['heavy'] }, (n: number) => n);
  const outcome = await server.start(flow({ name: 'f' }, () => tagged.map([1, 2, 3]).result()));
  expect(outcome).toMatchObject({ completed: true, value: [1, 2, 3] });
  expect(server.lines().filter((line) => line.includes('Could not ask the limits'))).toHaveLength(warnings);
});

it('a cancel ends a task that waits for a slot', async () => {
  const server = stand();
  const heavy = task({ name: 'heavy', tags: ['heavy'] }, () => 1);
  const outcome = server.start(flow({ name: 'f' }, () => concurrency('db', { slots: 2 }, () => heavy())));
  await vi.waitFor(() => expect(server.statesOf('heavy-0')).toEqual(['Pending']), 30_000);
  server.cancel(new TributaryError('cancelled', 'The run was cancelled.'));
  expect(await outcome).toMatchObject({ state: { type: 'CANCELLED' } });
  expect(server.statesOf('heavy-0')).toEqual(['Pending', 'Cancelled']);
  expect(server.taken()).toBe(0);
});

it('a call that times out in the queue does not hold up the calls behind it', async () => {
  const server = stand();
  const outcome = await server.start(
    flow({ name: 'f' }, () =>
      concurrency('db', { slots: 2 }, async () => {
        const first = concurrency('db', { timeout: '60ms' }, () => 'first').catch(() => 'gave up');
        const second = concurrency('db', { timeout: '20ms' }, () => 'second').catch(() => 'gave up');
        const third = concurrency('db', () => 'third');
        const early = await Promise.all([first, second]);
        return { early, third };
      }).then(async ({ early, third }) => [...early, await third]),
    ),
  );
  expect(outcome).toMatchObject({ completed: true, value: ['gave up', 'gave up', 'third'] });
});

it('a lost lease is a warning; with strict it ends the work', async () => {
  const loses = async (server: Server, strict: boolean) => {
    const outcome = server.start(
      flow({ name: 'f' }, () =>
        concurrency('db', { strict }, async () => Promise.race([untilStopped(), waits(100).then(() => 'went on')])),
      ),
    );
    await vi.waitFor(() => expect(server.watches).toHaveLength(1), 30_000);
    server.watches[0]?.lost();
    return outcome;
  };
  const lenient = stand();
  expect(await loses(lenient, false)).toMatchObject({ completed: true, value: 'went on' });
  expect(lenient.lines().join()).toContain('The slots of concurrency limit "db" were lost');
  expect(await loses(stand(), true)).toMatchObject({
    state: { type: 'FAILED', message: 'The slots of concurrency limit "db" were lost: their lease has lapsed.' },
  });
});

it('without a server work starts immediately', async () => {
  expect(await concurrency('db', { slots: 7 }, () => 'plain')).toBe('plain');
  expect(await flow({ name: 'f' }, () => concurrency('db', () => rateLimit('db')))()).toBeUndefined();
});
