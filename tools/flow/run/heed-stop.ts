import type { RunContext } from './context.ts';

/** Asked before a stopped run would begin something further: it may not, and its attempt has not done all its work. @throws why the run was stopped */
export function heedStop({ run, attempt }: RunContext): void {
  if (!run.signal.aborted) return;
  attempt.leaveUndone(run.signal.reason);
  throw run.signal.reason;
}

/**
 * What the run waits for. When the run is stopped first, its attempt has not done all its work.
 * @throws what the promise is rejected with
 */
export async function unlessStopped<Result>(promise: Promise<Result>, { run, attempt }: RunContext): Promise<Result> {
  try {
    return await promise;
  } catch (error) {
    if (run.signal.aborted) attempt.leaveUndone(run.signal.reason);
    throw error;
  }
}
