/** A controller whose signal is aborted with a parent's signal too, until it is unlinked. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Cuts the link to the parent when the work has ended. */
  unlink(): void;
}

/**
 * Creates a controller that follows a parent's signal. `AbortSignal.any` would keep the new signal, and every listener that user code left on
 * it, in memory for as long as the parent's: for thousands of child flows, until the process ends.
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
