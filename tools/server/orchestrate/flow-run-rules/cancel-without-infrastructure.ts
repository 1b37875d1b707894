import { isSuspended } from '@tributary/contract/nouns/state';

import { draftState } from '../draft-state.ts';
import type { FlowRunRule } from './flow-run-rule.ts';

/** A run without a process to stop is cancelled at once. */
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
