import { isSuspended } from '@tributary/contract/nouns/state';

import { draftState } from '../draft-state.ts';
import type { FlowRunRule } from './flow-run-rule.ts';

/** With no process to stop, cancelling is done at once. */
export const cancelWithoutInfrastructure: FlowRunRule = ({ run, from, draft, facts }) => {
  if (draft.type !== 'CANCELLING' || !from) return undefined;
  const scheduled = from.type === 'SCHEDULED' && (!run.infrastructure_pid || from.name === 'Resuming');
  const suspended = isSuspended(from) && facts.heldClaim === null;
  if (!scheduled && !suspended) return undefined;
  return {
    status: 'REJECT',
    reason: `${scheduled ? 'Scheduled' : 'Suspended'} flow run has no infrastructure to terminate.`,
    instead: draftState('CANCELLED', { message: draft.message }),
  };
};
