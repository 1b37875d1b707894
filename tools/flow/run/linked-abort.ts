/** An abort controller whose signal is also aborted when a parent's signal is, until the controller is unlinked. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Cuts the link to the parent when the work has ended. */
  unlink(): void;
}

/**
 * Creates a controller that follows a parent's signal. With `AbortSignal.any`, the new signal and the listeners that user code left on it
 * would stay in memory for as long as the parent's signal. A process with thousands of child flows would keep all of them until it ends.
 */
export function linkAbort(parent: AbortSignal): LinkedAbort {
  const controller = new AbortController();
  const follow = (): void => controller.abort(parent.reason);
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink: () => parent.removeEventListener('abort', follow),
  };
}
