import type { SlotPort } from './slot-port.ts';
import { wait } from './wait.ts';

const waiting = new WeakMap<SlotPort, Set<() => void>>();

/** Slots were given back in this process: whoever waits for some may ask at once. */
export function tellFreed(port: SlotPort): void {
  for (const wake of waiting.get(port) ?? []) wake();
}

/** Waits so many seconds, or until {@link tellFreed}. Rejects with the signal's reason when it is aborted. */
export async function waitForSlots(port: SlotPort, seconds: number, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  const all = waiting.get(port) ?? new Set();
  waiting.set(port, all.add(wake));
  try {
    await wait(seconds, AbortSignal.any([signal, woken.signal]));
  } catch {
    signal.throwIfAborted();
  } finally {
    all.delete(wake);
  }
}
