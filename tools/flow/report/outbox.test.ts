import { TributaryError } from '@tributary/contract/error';
import { expect, it } from 'vitest';

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

it('delivers without being asked', async () => {
  const delivered = new Promise<readonly number[]>((resolve) => {
    outboxOf(async (batch) => resolve(batch)).outbox.push(7);
  });
  expect(await delivered).toEqual([7]);
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

it('memory is bounded: what comes beyond the capacity is counted, and told once there is room', async () => {
  const gate = Promise.withResolvers<void>();
  const { outbox, lost } = outboxOf(() => gate.promise, { capacity: 1000 });
  for (const number of numbers(500)) outbox.push(number);
  expect(outbox.length).toBeLessThan(150);
  gate.resolve();
  await outbox.flush();
  expect(lost).toHaveLength(1);
  expect(lost[0]?.[0]).toBeGreaterThan(350);
});
