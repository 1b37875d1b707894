import type { TributaryError } from '@tributary/contract/error';

import { linkAbort } from '../linked-abort.ts';

/**
 * Runs a body with a time limit. When the time is over, this aborts the body's signal and rejects immediately, without waiting for the body.
 * When the parent signal is aborted, this aborts the body's signal too, but waits for the body, which may have to clean up.
 * @param late creates the error to reject with
 */
export async function withTimeout<Result>(
  seconds: number,
  parent: AbortSignal,
  late: () => TributaryError,
  body: (signal: AbortSignal) => Result | Promise<Result>,
): Promise<Result> {
  const linked = linkAbort(parent);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        const error = late();
        linked.abort(error);
        reject(error);
      },
      Math.min(seconds * 1000, 2 ** 31 - 1),
    );
  });
  try {
    return await Promise.race([body(linked.signal), limit]);
  } finally {
    clearTimeout(timer);
    linked.unlink();
  }
}
