import type { FlowRunDecision } from './flow-run-decision.ts';
import type { FlowRunFacts, FlowRunProposal } from './flow-run-facts.ts';
import type { Hand } from './transition.ts';

/** Decides on a state proposed for a flow run: Prefect's rules in their order, then the books. */
export function decideFlowRun(facts: FlowRunFacts, proposal: FlowRunProposal, hand: Hand): FlowRunDecision {
  void proposal;
  void hand;
  return {
    answer: { status: 'ABORT', details: { type: 'abort_details' }, state: facts.run.state ?? null },
    claim: null,
    state: null,
    books: null,
    effects: null,
  };
}
