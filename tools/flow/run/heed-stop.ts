import type { RunContext } from './context.ts';

/**
 * Keeps a stopped run from beginning more work, and records that its attempt has not done all its work. Called before each task and call.
 * @throws the reason why the run was stopped
 */
export function heedStop({ run, attempt }: RunContext): void {
  if (!run.signal.aborted) return;
  attempt.leaveUndone(run.signal.reason);
  throw run.signal.reason;
}

/**
 * Waits for a promise. If it rejects after the run was stopped, this records that the attempt has not done all its work.
 * @throws whatever the promise rejects with
 */
export async function unlessStopped<Result>(promise: Promise<Result>, { run, attempt }: RunContext): Promise<Result> {
  try {
    return await promise;
  } catch (error) {
    if (run.signal.aborted) attempt.leaveUndone(run.signal.reason);
    throw error;
  }
}
