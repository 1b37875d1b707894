import { draftState } from '../draft-state.ts';
import type { TaskRunRule } from './task-run-rule.ts';

/** A task can start only while its flow is running. */
export const needRunningFlow: TaskRunRule = ({ draft, flowRun }) => {
  if (draft.type !== 'RUNNING' || !flowRun || flowRun.state?.type === 'RUNNING') return undefined;
  if (flowRun.state?.type !== 'PAUSED') {
    return { status: 'ABORT', reason: 'The enclosing flow must be running to begin task execution.' };
  }
  const { pause_timeout, pause_reschedule } = flowRun.state.state_details;
  return {
    status: 'REJECT',
    reason: 'The flow is paused, new tasks can execute after it has been resumed.',
    instead: draftState('PAUSED', { name: 'NotReady', details: { pause_timeout, pause_reschedule } }),
  };
};
