import type { FlowRunRule } from './flow-run-rule.ts';

/** A request with an outdated claim is refused: a worker or host whose run was settled in its absence changes nothing when it comes back. */
export const fenceClaim: FlowRunRule = ({ proposal, facts }) =>
  proposal.claim === null || proposal.claim === facts.heldClaim
    ? undefined
    : { status: 'ABORT', reason: 'This claim no longer holds the run: it has ended, or another worker has claimed it since.' };
