import type { FlowRunRule } from './flow-run-rule.ts';

/** Only a running flow pauses, once per key; to be suspended it needs a deployment to come back by, and no parent. */
export const pause: FlowRunRule = ({ run, from, draft }) => {
  if (draft.type !== 'PAUSED') return undefined;
  const verb = draft.name === 'Suspended' ? 'suspend' : 'pause';
  if (!from) return { status: 'ABORT', reason: `Cannot ${verb} flows with no state.` };
  if (from.type !== 'RUNNING') return { status: 'REJECT', reason: `Cannot ${verb} flows that are not currently running.` };
  const keys = run.empirical_policy?.pause_keys ?? [];
  const { pause_key: key, pause_reschedule: suspends } = draft.state_details;
  if (key && keys.includes(key)) return { status: 'REJECT', reason: `This ${verb} has already fired.` };
  if (suspends && run.parent_task_run_id) return { status: 'ABORT', reason: `Cannot ${verb} subflows.` };
  if (suspends && !run.deployment_id) return { status: 'ABORT', reason: `Cannot ${verb} flows without a deployment.` };
  return key ? { status: 'ACCEPT', change: { policy: { pause_keys: [...keys, key] } } } : undefined;
};
