import { wait } from '@tributary/contract/wait';

import type { SlotPort } from './slot-port.ts';

interface News {
  /** how often slots were given back in this process */
  times: number;
  readonly waiting: Set<() => void>;
}
const all = new WeakMap<SlotPort, News>();

function newsOf(port: SlotPort): News {
  const news = all.get(port) ?? { times: 0, waiting: new Set() };
  all.set(port, news);
  return news;
}

/** Slots were given back in this process: whoever waits for some may ask at once. */
export function tellFreed(port: SlotPort): void {
  const news = newsOf(port);
  news.times += 1;
  for (const wake of news.waiting) wake();
}

/** @returns what to give to {@link waitForSlots}: read it before asking, so that nothing is missed between question and answer */
export function timesFreed(port: SlotPort): number {
  return newsOf(port).times;
}

/** Waits so many seconds, or until slots were given back more often than `seen`. Rejects with the signal's reason when it is aborted. */
export async function waitForSlots(port: SlotPort, seen: number, seconds: number, signal: AbortSignal): Promise<void> {
  const news = newsOf(port);
  if (news.times > seen) return signal.throwIfAborted();
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  news.waiting.add(wake);
  try {
    await wait(seconds, AbortSignal.any([signal, woken.signal]));
  } catch {
    signal.throwIfAborted();
  } finally {
    news.waiting.delete(wake);
  }
}
