/** Waits some seconds. @throws the signal's reason when it is aborted meanwhile, or was before */
export function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    // Longer timers overflow to 1 ms: a caller that waits for a moment asks again anyway.
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      },
      Math.min(seconds * 1000, 2 ** 31 - 1),
    );
    signal?.addEventListener('abort', stop, { once: true });
  });
}
