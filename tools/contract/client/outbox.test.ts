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

it('one item too many in a batch is cut by size, never below one item', async () => {
  const batches: number[] = [];
  const { outbox } = outboxOf(async (batch) => void batches.push(batch.length), { maximumSize: 5 });
  for (const number of numbers(3)) outbox.push(number);
  await outbox.flush();
  expect(batches).toEqual([1, 1, 1]);
});

it('an item that the server refuses is lost alone', async () => {
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

it('a batch whose fate is unknown is sent again as it is, under its id, whatever came meanwhile', async () => {
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

it('what a server refuses is cut anew, under new ids; one that broke is asked once more under the old id', async () => {
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

it('what could not be delivered is kept, in order, and can be asked for', async () => {
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

it('memory is bounded: what comes beyond the capacity is counted, and reported once there is room', async () => {
  const gate = Promise.withResolvers<void>();
  const { outbox, lost } = outboxOf(() => gate.promise, { capacity: 1000 });
  for (const number of numbers(500)) outbox.push(number);
  expect(outbox.length).toBeLessThan(150);
  gate.resolve();
  await outbox.flush();
  expect(lost).toHaveLength(1);
  expect(lost[0]?.[0]).toBeGreaterThan(350);
});

describe('by itself', () => {
  afterEach(() => void vi.useRealTimers());

  /** What was sent, each with the milliseconds after the outbox was made. */
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

  it('delivers what was pushed once it has waited for company, and a full batch at once', async () => {
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

  it('sends a batch of unknown fate again after the delay that follows so many failures, however much comes meanwhile', async () => {
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

  it('counts failures anew once a batch has arrived', async () => {
    const { outbox, sent } = timedOutbox((tries) => (tries % 2 === 1 ? away : undefined), { retryDelay: (failures) => 1000 * failures });
    for (const number of numbers(3)) {
      outbox.push(number);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(sent.map(([at]) => at)).toEqual([250, 1250, 10_250, 11_250, 20_250, 21_250]);
  });

  it('sends nothing any more once its signal is aborted, or it was given up', async () => {
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

describe('a batch that another process has cut', () => {
  it('is sent as it is, under its id, after what waits and before what comes', async () => {
    const sent: [string, readonly number[]][] = [];
    const { outbox } = outboxOf(async (batch, id) => void sent.push([id, batch]), { maximumItems: 2 });
    outbox.push(0);
    outbox.pushBatch({ id: 'theirs', items: [1, 2, 3] });
    outbox.push(4);
    await outbox.flush();
    expect(sent.map(([, batch]) => batch)).toEqual([[0], [1, 2, 3], [4]]);
    expect(sent.map(([id]) => id === 'theirs')).toEqual([false, true, false]);
  });

  it('is cut in halves once the server has refused it', async () => {
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

  it('takes room as well, and is counted where there is none', async () => {
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

it('a server that refuses everything is sent one notice of it, and what it refused is reported once', async () => {
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

it('what is given up is counted, with what was dropped before and not reported', async () => {
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
