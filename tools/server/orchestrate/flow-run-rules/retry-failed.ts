import { awaitingRetry } from '../awaiting-retry.ts';
import type { FlowRunRule } from './flow-run-rule.ts';

/** A failed attempt becomes a retry in the same process, until the policy's retries are used up. */
export const retryFailed: FlowRunRule = ({ run, from, draft, context }) => {
  if (from?.type !== 'RUNNING' || draft.type !== 'FAILED') return undefined;
  const { retries, retry_delay: delay } = run.empirical_policy ?? {};
  // After the last retry only a worker can start the run again.
  if (typeof retries !== 'number' || run.run_count > retries) return { status: 'ACCEPT', change: { policy: { retry_type: null } } };
  return {
    status: 'REJECT',
    reason: 'Retrying',
    instead: awaitingRetry(draft, context.now, delay ?? 0),
    change: { policy: { resuming: false, pause_keys: [], retry_type: 'in_process' } },
  };
};
