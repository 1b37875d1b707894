import { setImmediate } from 'node:timers/promises';

import { vi } from 'vitest';

/** Stops the clock for the test of a service: its timers, the store's time and `performance.now` move only by `passTime`. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
}

/** Resolves when the started service waits for its next turn. */
export async function turnEnded(): Promise<void> {
  while (vi.getTimerCount() === 0) await setImmediate();
}

/**
 * Lets time pass in small steps, and waits for the service's turns in each of them.
 * @param step in milliseconds
 */
export async function passTime(milliseconds: number, step = 1000): Promise<void> {
  await turnEnded();
  for (let passed = 0; passed < milliseconds; passed += step) {
    vi.advanceTimersByTime(Math.min(step, milliseconds - passed));
    await turnEnded();
  }
}
