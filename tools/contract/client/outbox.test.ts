import { TributaryError } from '../error.ts';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { createOutbox, type OutboxOptions } from './outbox.ts';

function outboxOf(send: OutboxOptions<number>['send'], options: Partial<OutboxOptions<number>> = {}) {
  const lost: [number, string][] = [];
  const outbox = createOutbox<number>({
    send,
    sizeOf: () => 10,
    maximumItems: 100,
    maximumSize: 1e6,
    delay: 5,
    capacity: 1e6,
    onLost: (count, reason) => void lost.push([count, reason]),
    ...options,
  });
  return { outbox, lost };
}
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

it('delivers everything in order, in batches of limited length', async () => {
  const batches: number[][] = [];
  const { outbox } = outboxOf(async (batch) => void batches.push([...batch]));
  for (const number of numbers(250)) outbox.push(number);
  await outbox.flush();
  expect(batches.map((batch) => batch.length)).toEqual([100, 100, 50]);
  expect(batches.flat()).toEqual(numbers(250));
});

it('splits items into batches by size, with at least one item per batch', async () => {
  const batches: number[] = [];
  const { outbox } = outboxOf(async (batch) => void batches.push(batch.length), { maximumSize: 5 });
  for (const number of numbers(3)) outbox.push(number);
  await outbox.flush();
  expect(batches).toEqual([1, 1, 1]);
});

it('loses only the item that the server refuses', async () => {
  const got: number[] = [];
  const { outbox, lost } = outboxOf(async (batch) => {
    if (batch.includes(42)) throw new TributaryError('invalid_request', 'no 42 here');
    got.push(...batch);
  });
  for (const number of numbers(100)) outbox.push(number);
  await outbox.flush();
  expect(got).toEqual(numbers(100).filter((number) => number !== 42));
  expect(lost).toEqual([[1, 'no 42 here']]);
});

it('a batch without an answer is sent again unchanged, under the same id, even if new items have been pushed', async () => {
  let lost = 2;
  const sent: [string, readonly number[]][] = [];
  const { outbox } = outboxOf(async (batch, id) => {
    sent.push([id, batch]);
    if ((lost -= 1) >= 0) throw new TributaryError('unreachable', 'the answer was lost');
  });
  outbox.push(0);
  await expect(outbox.flush()).rejects.toMatchObject({ code: 'unreachable' });
  outbox.push(1);
  const [kept, rest] = outbox.unsent();
  expect([kept, rest].map((batch) => batch?.items)).toEqual([[0], [1]]);
  outbox.push(2);
  await outbox.flush().catch(() => outbox.flush());
  expect(sent.map(([, batch]) => batch)).toEqual([[0], [0], [0], [1], [2]]);
  expect(sent.slice(0, 3).map(([id]) => id)).toEqual([kept?.id, kept?.id, kept?.id]);
  expect(new Set(sent.map(([id]) => id)).size).toBe(3);
  expect(sent[3]?.[0]).toBe(rest?.id);
});

it('a refused batch is split, under new ids; after a server error, the batch is first sent once more under its old id', async () => {
  const ids: string[] = [];
  const got: number[] = [];
  const { outbox } = outboxOf(async (batch, id) => {
    ids.push(id);
    if (ids.length === 1) throw new TributaryError('server_error', '500, after it had stored the batch');
    if (batch.length > 2) throw new TributaryError('invalid_request', 'too many');
    got.push(...batch);
  });
  for (const number of numbers(4)) outbox.push(number);
  await outbox.flush();
  expect(got).toEqual(numbers(4));
  expect(ids[0]).toBe(ids[1]);
  expect(new Set(ids).size).toBe(3);
});

it('undelivered items are kept in order, and unsent() returns them', async () => {
  let down = true;
  const got: number[] = [];
  const { outbox } = outboxOf(async (batch) => {
    if (down) throw new TributaryError('unreachable', 'nobody there');
    got.push(...batch);
  });
  for (const number of numbers(150)) outbox.push(number);
  await expect(outbox.flush()).rejects.toMatchObject({ code: 'unreachable' });
  expect(outbox.unsent().flatMap(({ items }) => items)).toEqual(numbers(150));
  down = false;
  await outbox.flush();
  expect(got).toEqual(numbers(150));
  expect(outbox.unsent()).toEqual([]);
});

it('items beyond the capacity are dropped and counted, and their number is reported once there is room', async () => {
  const gate = Promise.withResolvers<void>();
  const { outbox, lost } = outboxOf(() => gate.promise, { capacity: 1000 });
  for (const number of numbers(500)) outbox.push(number);
  expect(outbox.length).toBeLessThan(150);
  gate.resolve();
  await outbox.flush();
  expect(lost).toHaveLength(1);
  expect(lost[0]?.[0]).toBeGreaterThan(350);
});

describe('an outbox without a flush', () => {
  afterEach(() => void vi.useRealTimers());

  /** Creates an outbox, and records each batch with the milliseconds since the creation. */
  function timedOutbox(fails: (tries: number) => unknown, options: Partial<OutboxOptions<number>> = {}) {
    vi.useFakeTimers();
    const begin = performance.now();
    const sent: [number, readonly number[]][] = [];
    const { outbox, lost } = outboxOf(
      async (batch) => {
        sent.push([Math.round(performance.now() - begin), batch]);
        const error = fails(sent.length);
        if (error) throw error;
      },
      { delay: 250, ...options },
    );
    return { outbox, lost, sent };
  }
  const away = new TributaryError('unreachable', 'nobody there');

  it('sends items after the delay, and a full batch immediately', async () => {
    const { outbox, sent } = timedOutbox(() => undefined, { maximumItems: 3 });
    outbox.push(0);
    await vi.advanceTimersByTimeAsync(200);
    outbox.push(1);
    await vi.advanceTimersByTimeAsync(800);
    for (const number of [2, 3, 4]) outbox.push(number);
    await vi.advanceTimersByTimeAsync(10);
    expect(sent).toEqual([
      [250, [0, 1]],
      [1000, [2, 3, 4]],
    ]);
  });

  it('sends a batch without an answer again after retryDelay, which grows with the failures, even if items are pushed during it', async () => {
    const { outbox, sent } = timedOutbox((tries) => (tries <= 3 ? away : undefined), {
      maximumItems: 2,
      retryDelay: (failures, error) => (error === away ? 1000 * 2 ** failures : 0),
    });
    outbox.push(0);
    for (const number of numbers(60)) {
      await vi.advanceTimersByTimeAsync(300);
      if (number < 4) outbox.push(number + 1);
    }
    expect(sent.slice(0, 4)).toEqual([250, 2250, 6250, 14_250].map((at) => [at, [0]]));
    expect(sent.slice(4)).toEqual([
      [14_250, [1, 2]],
      [14_250, [3, 4]],
    ]);
    expect(outbox.length).toBe(0);
  });

  it('counts failures from 1 again after a batch was delivered', async () => {
    const { outbox, sent } = timedOutbox((tries) => (tries % 2 === 1 ? away : undefined), { retryDelay: (failures) => 1000 * failures });
    for (const number of numbers(3)) {
      outbox.push(number);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(sent.map(([at]) => at)).toEqual([250, 1250, 10_250, 11_250, 20_250, 21_250]);
  });

  it('stops sending when its signal is aborted, and after giveUp()', async () => {
    const stop = new AbortController();
    const [stopped, left] = [timedOutbox(() => away, { signal: stop.signal }), timedOutbox(() => away)];
    for (const { outbox } of [stopped, left]) outbox.push(0);
    await vi.advanceTimersByTimeAsync(2000);
    stop.abort();
    expect(left.outbox.giveUp()).toBe(1);
    const before = [stopped, left].map(({ sent }) => sent.length);
    for (const { outbox } of [stopped, left]) outbox.push(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([stopped, left].map(({ sent }) => sent.length)).toEqual(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a batch of another process', () => {
  it('is sent unchanged, under its id, after the items that already wait and before later items', async () => {
    const sent: [string, readonly number[]][] = [];
    const { outbox } = outboxOf(async (batch, id) => void sent.push([id, batch]), { maximumItems: 2 });
    outbox.push(0);
    outbox.pushBatch({ id: 'theirs', items: [1, 2, 3] });
    outbox.push(4);
    await outbox.flush();
    expect(sent.map(([, batch]) => batch)).toEqual([[0], [1, 2, 3], [4]]);
    expect(sent.map(([id]) => id === 'theirs')).toEqual([false, true, false]);
  });

  it('is cut in halves if the server refuses it', async () => {
    const sent: [boolean, readonly number[]][] = [];
    const { outbox, lost } = outboxOf(async (batch, id) => {
      sent.push([id === 'theirs', batch]);
      if (batch.includes(2)) throw new TributaryError('invalid_request', 'no 2 here');
    });
    outbox.pushBatch({ id: 'theirs', items: [1, 2] });
    await outbox.flush();
    expect(sent).toEqual([
      [true, [1, 2]],
      [false, [1]],
      [false, [2]],
    ]);
    expect(lost).toEqual([[1, 'no 2 here']]);
  });

  it('takes up capacity, and is dropped and counted if there is no room', async () => {
    const { outbox, lost } = outboxOf(async () => undefined, { capacity: 25 });
    outbox.pushBatch({ id: 'first', items: [1, 2, 3] });
    outbox.pushBatch({ id: 'second', items: [4, 5] });
    outbox.push(6);
    expect(outbox.length).toBe(3);
    await outbox.flush();
    expect(lost).toEqual([[3, 'they came faster than the server took them']]);
    outbox.push(7);
    expect(outbox.length).toBe(1);
    await outbox.flush();
  });
});

it('if a server refuses everything, the lost items are reported once, with one notice', async () => {
  const sent: (readonly number[])[] = [];
  const { outbox, lost } = outboxOf(
    async (batch) => {
      sent.push(batch);
      if (sent.length < 100) throw new TributaryError('not_found', 'no such route');
    },
    {
      onLost(count, reason) {
        lost.push([count, reason]);
        outbox.push(-1);
      },
    },
  );
  for (const number of numbers(4)) outbox.push(number);
  await outbox.flush();
  expect(lost).toEqual([[4, 'no such route']]);
  expect(sent.filter((batch) => batch.includes(-1))).toHaveLength(1);
});

it('giveUp() counts the items that wait, and dropped items that were not reported yet', async () => {
  const { outbox } = outboxOf(
    async () => {
      throw new TributaryError('unreachable', 'nobody there');
    },
    { capacity: 100 },
  );
  for (const number of numbers(30)) outbox.push(number);
  await expect(outbox.flush()).rejects.toMatchObject({ code: 'unreachable' });
  expect(outbox.giveUp()).toBe(30);
  expect(outbox.length).toBe(0);
});
