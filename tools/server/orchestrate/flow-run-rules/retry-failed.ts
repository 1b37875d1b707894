import { awaitingRetry } from '../awaiting-retry.ts';
import type { FlowRunRule } from './flow-run-rule.ts';

/** A failed attempt becomes a retry within the same process, as often as the run's policy says. */
export const retryFailed: FlowRunRule = ({ run, from, draft, context }) => {
  if (from?.type !== 'RUNNING' || draft.type !== 'FAILED') return undefined;
  const { retries, retry_delay: delay } = run.empirical_policy ?? {};
  // Whatever comes next is for a worker to take up.
  if (typeof retries !== 'number' || run.run_count > retries) return { status: 'ACCEPT', change: { policy: { retry_type: null } } };
  return {
    status: 'REJECT',
    reason: 'Retrying',
    instead: awaitingRetry(draft, context.now, delay ?? 0),
    change: { policy: { resuming: false, pause_keys: [], retry_type: 'in_process' } },
  };
};
