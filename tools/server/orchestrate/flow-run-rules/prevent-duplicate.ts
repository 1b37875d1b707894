import type { FlowRunRule } from './flow-run-rule.ts';

/** If a client repeats a request because the answer was lost, the repeat changes nothing. A repeated claim gets the same token again. */
export const preventDuplicate: FlowRunRule = ({ from, draft, facts }) => {
  const id = draft.state_details.transition_id;
  if (!id || from?.state_details.transition_id !== id) return undefined;
  const claimed = draft.type === 'PENDING' && from.type === 'PENDING' && facts.heldClaim;
  return {
    status: 'REJECT',
    reason: 'This run has already made this state transition.',
    ...(claimed ? { change: { repeatedClaim: claimed } } : {}),
  };
};
