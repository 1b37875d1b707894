import type { TaskRunId } from '@tributary/contract';

import { decideTaskRun } from './decide-task-run.ts';
import type { OrchestrationStore } from './orchestration-store.ts';
import type { TaskRunDecision } from './task-run-decision.ts';
import type { DecisionContext } from './decision-context.ts';
import type { Proposal } from './transition.ts';

/**
 * Proposes a state for a task run reported by REST and writes the decision. Runs in the caller's transaction.
 * @returns undefined if the run doesn't exist
 */
export function setTaskRunState(
  store: OrchestrationStore,
  id: TaskRunId,
  proposal: Proposal,
  context: DecisionContext,
): TaskRunDecision | undefined {
  const facts = store.readTaskRunFacts(id);
  if (!facts) return undefined;
  const decision = decideTaskRun(facts, proposal, context);
  if (decision.state) store.writeTaskRunState(id, decision.state, decision.record);
  return decision;
}
