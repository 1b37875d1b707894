import { expect, it, vi } from 'vitest';

import { createTurnstile } from './turnstile.ts';

it('a few callers pass immediately, and the others after a turn of the event loop', async () => {
  const enter = createTurnstile({ perTurn: 3, hasRoom: () => true });
  const first = [enter(), enter(), enter()];
  expect(first).toEqual([undefined, undefined, undefined]);
  let turned = false;
  setImmediate(() => (turned = true));
  await enter();
  expect(turned).toBe(false);
  for (let count = 0; count < 4; count += 1) await enter();
  expect(turned).toBe(true);
});

it('all callers pass, in the order in which they came', async () => {
  const enter = createTurnstile({ perTurn: 10, hasRoom: () => true });
  const passed: number[] = [];
  await Promise.all(
    Array.from({ length: 1000 }, async (_, index) => {
      await enter();
      passed.push(index);
    }),
  );
  expect(passed).toEqual(Array.from({ length: 1000 }, (_, index) => index));
});

it('no caller passes while there is no room', async () => {
  vi.useFakeTimers();
  let room = true;
  const enter = createTurnstile({ perTurn: 1, hasRoom: () => room });
  expect(enter()).toBeUndefined();
  room = false;
  let passed = false;
  const waiting = enter()?.then(() => (passed = true));
  await vi.advanceTimersByTimeAsync(5000);
  expect(passed).toBe(false);
  room = true;
  await vi.advanceTimersByTimeAsync(20);
  await waiting;
  expect(passed).toBe(true);
  vi.useRealTimers();
});
