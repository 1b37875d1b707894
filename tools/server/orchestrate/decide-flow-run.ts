import type { FlowRunDecision } from './flow-run-decision.ts';
import type { FlowRunFacts, FlowRunProposal } from './flow-run-facts.ts';
import type { Now } from './transition.ts';

/** Decides on a state proposed for a flow run: Prefect's rules in their order, then the books. */
export function decideFlowRun(
  facts: FlowRunFacts,
  proposal: FlowRunProposal,
  at: Now & { readonly newClaim: () => string },
): FlowRunDecision {
  void proposal;
  void at;
  return {
    answer: { status: 'ABORT', details: { type: 'abort_details' }, state: facts.run.state ?? null },
    state: null,
    books: null,
    effects: null,
  };
}
