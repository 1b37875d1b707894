import type { TributaryError } from '@tributary/contract/error';

/**
 * Runs the body with a signal that is aborted with its parent, and after so many seconds. Then this rejects at once; the body is left to
 * itself. When the parent is aborted, the body is waited for: it may have something to put in order.
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
