import { vi } from 'vitest';

/** More steps of the clock than any test needs, including the steps that pass while a module loads. */
const mostTurns = 20_000;

/** Starts the fake clock at zero. */
export function useFakeClock(): void {
  vi.useFakeTimers({ now: 0 });
}

/** @returns the seconds since the start of the fake clock, rounded to a hundredth */
export function seconds(): number {
  return Math.round(performance.now() / 10) / 100;
}

/**
 * Advances Vitest's fake clock from timer to timer until the promise settles.
 * @throws what the promise rejects with, or an error if it is still pending after very many timers
 */
export async function turnUntil<Result>(promise: Promise<Result>): Promise<Result> {
  let isSettled = false;
  const settle = (): void => void (isSettled = true);
  promise.then(settle, settle);
  await turnUntilTrue(() => isSettled);
  return promise;
}

/** Advances Vitest's fake clock from timer to timer until the condition is true. @throws if it is still false after very many timers */
export async function turnUntilTrue(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < mostTurns; turn += 1) {
    if (isTrue()) return;
    const before = performance.now();
    await vi.advanceTimersToNextTimerAsync();
    // A real timer takes at least a millisecond. A shorter fake timer takes no time, so a loop that waits with it would never end.
    if (performance.now() === before && vi.getTimerCount() > 0) await vi.advanceTimersByTimeAsync(0.01);
  }
  throw new Error(`The test is still waiting after ${seconds()} s of the fake clock.`);
}
