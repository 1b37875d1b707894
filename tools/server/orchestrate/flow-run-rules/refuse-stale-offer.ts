import type { FlowRunRule } from './flow-run-rule.ts';

/**
 * A claim is for the run as it was offered. Whatever happened to the run since then refuses the claim, even if the run waits again: it is
 * then offered again. The holder of a run isn't offered anything.
 */
export const refuseStaleOffer: FlowRunRule = ({ from, draft, proposal: { offered, claim } }) =>
  draft.type !== 'PENDING' || offered === null || claim !== null || offered.toLowerCase() === from?.id
    ? undefined
    : { status: 'ABORT', reason: `This run has left the state that the worker was offered: it is ${from?.name ?? 'without a state'} now.` };
