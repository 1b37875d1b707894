import type { FlowRunRule } from './flow-run-rule.ts';

/**
 * A claim names the state in which the run was offered. A retry names the final state that its client read. Both are refused once the run
 * has left the named state, even if the run is SCHEDULED again: workers are then offered the new state. A client that sends the run's claim
 * needs no offer.
 */
export const refuseStaleOffer: FlowRunRule = ({ from, proposal: { offered, claim } }) =>
  offered === null || claim !== null || offered.toLowerCase() === from?.id
    ? undefined
    : {
        status: 'ABORT',
        reason: `This run has left the state in which it was offered or read: it is ${from?.name ?? 'without a state'} now.`,
      };
