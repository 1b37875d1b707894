/** The longest timer in milliseconds. A longer one fires immediately. */
const longest = 2 ** 31 - 1;

/**
 * Waits for any length of time.
 * @param seconds may be a fraction
 * @throws the signal's reason once it is aborted
 */
export async function wait(seconds: number, signal?: AbortSignal): Promise<void> {
  const end = performance.now() + seconds * 1000;
  signal?.throwIfAborted();
  // A timer drops the fraction of its delay. Without rounding up, a fake clock would never reach the end.
  for (let rest = seconds * 1000; rest > 0; rest = end - performance.now()) await oneTimer(Math.min(Math.ceil(rest), longest), signal);
}

/**
 * Waits, and returns early without an error when the signal is aborted.
 * @param seconds may be a fraction
 */
export async function waitUnless(seconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(seconds, signal);
  } catch {
    // The caller knows that its signal is aborted.
  }
}

/**
 * Waits until the promise settles, or until the time is over. Never rejects: the promise's owner handles a failure.
 * @param seconds the longest wait; may be a fraction
 */
export async function within(seconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(seconds * 1000, longest));
  });
  try {
    await Promise.race([promise, limit]);
  } catch {
    // The promise's owner handles the failure.
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for the promise. @throws the signal's reason once it is aborted */
export async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([promise, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function oneTimer(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, milliseconds);
    function end(): void {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', stop, { once: true });
  });
}
