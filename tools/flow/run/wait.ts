/** The most that setTimeout takes. */
const longest = 2 ** 31 - 1;

/** Waits so many seconds. Rejects with the signal's reason as soon as it is aborted. */
export async function wait(seconds: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + seconds * 1000;
  signal.throwIfAborted();
  for (let rest = seconds * 1000; rest > 0; rest = end - performance.now()) await pause(Math.min(rest, longest), signal);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, milliseconds);
    function end(): void {
      signal.removeEventListener('abort', stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Waits for the promise. Rejects with the signal's reason as soon as it is aborted. */
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

/** Resolves with what the promise gives, or with undefined when that takes longer; never rejects. */
export async function within(seconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  try {
    await Promise.race([promise, limit]);
  } catch {
    // Whoever owns the promise looks at its failure.
  } finally {
    clearTimeout(timer);
  }
}
