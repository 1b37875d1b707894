import { awaitingRetry } from '../awaiting-retry.ts';
import type { TaskRunRule } from './task-run-rule.ts';

/** A failed attempt becomes a retry until the policy's retries are used up, unless the failure is marked as not retriable. */
export const retryFailed: TaskRunRule = ({ run, from, draft, context }) => {
  if (from?.type !== 'RUNNING' || draft.type !== 'FAILED' || draft.state_details.retriable === false) return undefined;
  const { retries, retry_delay: delay } = run.empirical_policy ?? {};
  if (typeof retries !== 'number' || run.run_count > retries) return undefined;
  const seconds = Array.isArray(delay) ? delay[Math.max(0, Math.min(run.run_count, delay.length) - 1)] : delay;
  return {
    status: 'REJECT',
    reason: 'Retrying',
    instead: awaitingRetry(draft, context.now, seconds ?? 0),
  };
};
