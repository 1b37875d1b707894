import type { FlowRunId } from '@tributary/contract';

import { decideFlowRun } from './decide-flow-run.ts';
import type { FlowRunDecision } from './flow-run-decision.ts';
import type { FlowRunProposal } from './flow-run-facts.ts';
import type { OrchestrationStore } from './orchestration-store.ts';
import type { Hand } from './transition.ts';

/**
 * Proposes a state for a flow run and makes the decision true: its state and books, the parent task run, the children to cancel.
 * Runs inside the caller's transaction.
 * @returns undefined when there is no such run
 */
export function setFlowRunState(
  store: OrchestrationStore,
  id: FlowRunId,
  proposal: FlowRunProposal,
  hand: Hand,
): FlowRunDecision | undefined {
  const facts = store.readFlowRunFacts(id);
  return facts && decideFlowRun(facts, proposal, hand);
}
