import { headers as names } from '@tributary/contract/routes/route';

import type { FakeStore } from './fake-store.ts';
import type { Reply, Request } from './request.ts';

/** Answers as soon as `look` finds something, or after the seconds for which the client asked to wait. */
export async function hold(store: FakeStore, { headers }: Request, gone: AbortSignal, look: () => unknown[]): Promise<Reply> {
  const seconds = Number(/^wait=(\d+)$/.exec(String(headers[names.prefer] ?? ''))?.[1] ?? 0);
  const until = performance.now() + (store.features.includes('long-poll') ? seconds * 1000 : 0);
  for (;;) {
    const body = look();
    const left = until - performance.now();
    if (body.length > 0 || left <= 0 || gone.aborted) return { status: 200, body };
    await change(store, left, gone);
  }
}

/** Waits for a change of the store, for `milliseconds` at most. */
function change({ watchers }: FakeStore, milliseconds: number, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, milliseconds);
    function end(): void {
      clearTimeout(timer);
      watchers.delete(end);
      gone.removeEventListener('abort', end);
      resolve();
    }
    watchers.add(end);
    gone.addEventListener('abort', end, { once: true });
  });
}
