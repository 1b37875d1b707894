import type { FlowRunRule } from './flow-run-rule.ts';

/** Whoever brings a claim must hold the run: a worker or host that was given up for dead changes nothing when it comes back. */
export const fenceClaim: FlowRunRule = ({ proposal, facts }) =>
  proposal.claim === null || proposal.claim === facts.heldClaim
    ? undefined
    : { status: 'ABORT', reason: 'This claim no longer holds the run: it has ended, or another worker has claimed it since.' };
