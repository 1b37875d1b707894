import { expect, it } from 'vitest';

import { createRunSlots } from './run-slots.ts';

function openSlots(limit: number) {
  const said: string[] = [];
  return { said, slots: createRunSlots(limit, (message) => void said.push(message)) };
}
const never = new AbortController().signal;

it('a lent slot is free, and the worker that waits for a free slot is woken', async () => {
  const { slots } = openSlots(1);
  const parent = slots.take();
  expect(slots.free()).toBe(0);
  const free = slots.whenFree(never);
  parent.lend();
  await free;
  expect(slots.free()).toBe(1);
});

it('a run takes its slot back at once, and no run starts until the worker is below its limit', async () => {
  const { slots } = openSlots(1);
  const parent = slots.take();
  parent.lend();
  const child = slots.take();
  parent.takeBack();
  let isFree = false;
  const free = slots.whenFree(never).then(() => (isFree = true));
  child.release();
  await Promise.resolve();
  expect([slots.free(), isFree]).toEqual([0, false]);
  parent.release();
  await free;
  expect(slots.free()).toBe(1);
});

it('a slot that was lent, taken back or released twice counts once', () => {
  const { slots } = openSlots(3);
  const [lent, ended] = [slots.take(), slots.take()];
  lent.lend();
  lent.lend();
  ended.release();
  ended.release();
  ended.takeBack();
  expect(slots.free()).toBe(3);
  lent.takeBack();
  lent.takeBack();
  expect(slots.free()).toBe(2);
});

it('a worker holds at most four times its limit, and logs once why it starts no more runs and what to do', () => {
  const { slots, said } = openSlots(2);
  const parents = Array.from({ length: 7 }, () => slots.take());
  for (const parent of parents) parent.lend();
  expect([slots.free(), said]).toEqual([1, []]);
  const last = slots.take();
  last.lend();
  expect(slots.free()).toBe(0);
  expect(said).toEqual([
    'This worker holds 8 runs, 4 times its limit, and 8 of them wait for their child runs. It starts no more runs until one ends. If those child runs are Late, start the worker with a higher limit: --limit 4',
  ]);
  last.release();
  expect(slots.free()).toBe(1);
  slots.take().lend();
  expect(said).toHaveLength(1);
});
