import type { FlowRunRule } from './flow-run-rule.ts';

/**
 * A claim is for the run as it was offered, and a retry for the end that was read. Whatever happened to the run since then refuses them, even
 * if the run waits again: it is then offered again. The holder of a run isn't offered anything.
 */
export const refuseStaleOffer: FlowRunRule = ({ from, proposal: { offered, claim } }) =>
  offered === null || claim !== null || offered.toLowerCase() === from?.id
    ? undefined
    : {
        status: 'ABORT',
        reason: `This run has left the state in which it was offered or read: it is ${from?.name ?? 'without a state'} now.`,
      };
