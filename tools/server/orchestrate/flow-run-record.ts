import { type FlowRunPolicy, hasProcess } from '@tributary/contract/nouns/flow-run';
import { type CarriedStateType, isTerminal, type State } from '@tributary/contract/nouns/state';

import type { FlowRunRecord, OrchestratedFlowRun } from './flow-run-decision.ts';
import { runRecord } from './run-record.ts';

/**
 * The run's policy after the transition. Workers aren't offered a run whose `retry_type` is `in_process`. Therefore a transition to
 * SCHEDULED from another state sets `reschedule`, except a retry within the process.
 */
export function policyAfter(
  policy: FlowRunPolicy,
  from: CarriedStateType | null,
  to: CarriedStateType,
  change: Partial<FlowRunPolicy> | undefined,
): FlowRunPolicy {
  const stale = policy.retry_type === 'in_process' && to === 'SCHEDULED' && from !== 'SCHEDULED';
  return { ...policy, ...(stale ? { retry_type: 'reschedule' as const } : {}), ...change };
}

/** @param policy the result of {@link policyAfter} */
export function flowRunRecord(run: OrchestratedFlowRun, from: State | null, to: State, policy: FlowRunPolicy): FlowRunRecord {
  const resumed = policy.resuming === true;
  return {
    ...runRecord(run, from, to),
    run_count: run.run_count + (to.type === 'RUNNING' && !resumed ? 1 : 0),
    infrastructure_pid: to.type === 'SCHEDULED' && !hasProcess(to, policy) ? null : (run.infrastructure_pid ?? null),
    empirical_policy: resumed && (to.type === 'RUNNING' || isTerminal(to.type)) ? { ...policy, resuming: false } : policy,
  };
}
