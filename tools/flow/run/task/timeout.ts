import type { TributaryError } from '@tributary/contract/error';

/**
 * Runs a body with a time limit. When the time is over, this aborts the body's signal and rejects immediately, without waiting for the body.
 * When the parent signal is aborted, this aborts the body's signal too, but waits for the body, which may have to clean up.
 *
 * A listener on the parent aborts the body's signal, because AbortSignal.any costs more. If each signal has a listener, as fetch adds one,
 * AbortSignal.any takes 67 µs a call instead of 7 µs, and 200,000 calls under one parent leave 45 MB instead of 4 MB (Node 24.21).
 * @param late creates the error to reject with
 */
export async function withTimeout<Result>(
  seconds: number,
  parent: AbortSignal,
  late: () => TributaryError,
  body: (signal: AbortSignal) => Result | Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(parent.reason);
  parent.addEventListener('abort', stop, { once: true });
  if (parent.aborted) stop();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        const error = late();
        controller.abort(error);
        reject(error);
      },
      Math.min(seconds * 1000, 2 ** 31 - 1),
    );
  });
  try {
    return await Promise.race([body(controller.signal), limit]);
  } finally {
    clearTimeout(timer);
    parent.removeEventListener('abort', stop);
  }
}
