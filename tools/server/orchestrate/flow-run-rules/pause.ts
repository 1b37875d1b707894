import { isSuspended } from '@tributary/contract/nouns/state';

import type { FlowRunRule } from './flow-run-rule.ts';

/**
 * A run can be paused only while it is running, and only once for each pause key. A run can be suspended only if it has no parent run and
 * has a deployment, so that a worker can start it again. After another client has suspended a run, the run's process proposes the same
 * state with the run's claim and then exits. This proposal is accepted.
 */
export const pause: FlowRunRule = ({ run, from, draft, proposal }) => {
  if (draft.type !== 'PAUSED') return undefined;
  const verb = draft.name === 'Suspended' ? 'suspend' : 'pause';
  if (!from) return { status: 'ABORT', reason: `Cannot ${verb} flows with no state.` };
  const { pause_key: key, pause_reschedule: suspends } = draft.state_details;
  const processExits = suspends && proposal.claim !== null && isSuspended(from);
  if (processExits && !key) return undefined;
  if (from.type !== 'RUNNING' && !processExits) return { status: 'REJECT', reason: `Cannot ${verb} flows that are not currently running.` };
  const keys = run.empirical_policy?.pause_keys ?? [];
  if (key && keys.includes(key)) return { status: 'REJECT', reason: `This ${verb} has already fired.` };
  if (suspends && run.parent_task_run_id) return { status: 'ABORT', reason: `Cannot ${verb} subflows.` };
  if (suspends && !run.deployment_id) return { status: 'ABORT', reason: `Cannot ${verb} flows without a deployment.` };
  return key ? { status: 'ACCEPT', change: { policy: { pause_keys: [...keys, key] } } } : undefined;
};
