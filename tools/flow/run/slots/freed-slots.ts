import { wait } from '@tributary/contract/wait';

import type { SlotPort } from './slot-port.ts';

/** The releases of slots in this process. */
interface Releases {
  times: number;
  readonly waiting: Set<() => void>;
}
const all = new WeakMap<SlotPort, Releases>();

function releasesOf(port: SlotPort): Releases {
  const releases = all.get(port) ?? { times: 0, waiting: new Set() };
  all.set(port, releases);
  return releases;
}

/** Wakes all callers that wait for slots in this process, after some were released. */
export function announceRelease(port: SlotPort): void {
  const releases = releasesOf(port);
  releases.times += 1;
  for (const wake of releases.waiting) wake();
}

/** @returns how often slots were released. Call this before a request for slots, so that {@link waitForSlots} misses no release. */
export function timesReleased(port: SlotPort): number {
  return releasesOf(port).times;
}

/**
 * Waits for a release of slots in this process.
 * @param seen the result of {@link timesReleased} before the request; if slots were released since then, this doesn't wait
 * @param seconds the longest wait
 * @throws the signal's reason once it is aborted
 */
export async function waitForSlots(port: SlotPort, seen: number, seconds: number, signal: AbortSignal): Promise<void> {
  const releases = releasesOf(port);
  if (releases.times > seen) return signal.throwIfAborted();
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  releases.waiting.add(wake);
  try {
    await wait(seconds, AbortSignal.any([signal, woken.signal]));
  } catch {
    signal.throwIfAborted();
  } finally {
    releases.waiting.delete(wake);
  }
}
