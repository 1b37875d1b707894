import type { FlowRunRule } from './flow-run-rule.ts';

/** A request that was sent again because its answer got lost finds its own work done, and its claim if it was one. */
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
