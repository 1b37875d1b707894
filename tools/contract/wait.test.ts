import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { unlessAborted, wait, waitUnless, within } from './wait.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const day = 86_400;

it.each([0.5, 90, 60 * day])('a wait of %d s lasts that long, even if one timer is too short for it', async (seconds) => {
  const done = vi.fn<() => void>();
  const waiting = wait(seconds).then(done);
  await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2);
  await waiting;
  expect(done).toHaveBeenCalledTimes(1);
});

it('a signal ends a wait immediately: wait rejects with its reason, waitUnless resolves', async () => {
  const stop = new AbortController();
  const waits = [wait(90, stop.signal), waitUnless(90, stop.signal)];
  stop.abort(new Error('enough'));
  await expect(waits[0]).rejects.toThrow('enough');
  await expect(waits[1]).resolves.toBeUndefined();
  await expect(wait(90, stop.signal)).rejects.toThrow('enough');
  await expect(waitUnless(90, stop.signal)).resolves.toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

it('within stops waiting after the limit, and ignores a rejection', async () => {
  const waiting = within(5, new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(5000);
  await waiting;
  await within(5, Promise.reject(new Error('the owner of the promise handles this')));
  expect(vi.getTimerCount()).toBe(0);
});

it('unlessAborted waits for a promise until the signal is aborted', async () => {
  const stop = new AbortController();
  await unlessAborted(Promise.resolve(), stop.signal);
  const waiting = unlessAborted(new Promise(() => undefined), stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
