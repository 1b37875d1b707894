/** The most milliseconds that a timer takes: a longer one fires at once. */
const longest = 2 ** 31 - 1;

/**
 * Waits.
 * @param seconds fractions too, however many
 * @throws the signal's reason, as soon as it is aborted, or if it was before
 */
export async function wait(seconds: number, signal?: AbortSignal): Promise<void> {
  const end = performance.now() + seconds * 1000;
  signal?.throwIfAborted();
  for (let rest = seconds * 1000; rest > 0; rest = end - performance.now()) await oneTimer(Math.min(rest, longest), signal);
}

/** Waits. Ends early, without an error, when the signal aborts. @param seconds fractions too */
export async function waitUnless(seconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(seconds, signal);
  } catch {
    // Its owner knows that the signal is aborted.
  }
}

/** Waits for the promise, for so many seconds at most. Never rejects: the promise's owner looks at its failure. */
export async function within(seconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(seconds * 1000, longest));
  });
  try {
    await Promise.race([promise, limit]);
  } catch {
    // See above.
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for the promise. @throws the signal's reason, as soon as it is aborted */
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
