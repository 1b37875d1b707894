import type { FlowRunRule } from './flow-run-rule.ts';

/** Refuses a request with an outdated claim: a worker or host that was offline must not change a run that was ended or claimed since. */
export const fenceClaim: FlowRunRule = ({ proposal, facts }) =>
  proposal.claim === null || proposal.claim === facts.heldClaim
    ? undefined
    : { status: 'ABORT', reason: 'This claim is outdated: it has ended, or another worker has claimed the run since.' };
