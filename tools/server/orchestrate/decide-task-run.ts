import type { StateId } from '@tributary/contract';
import { isTerminal, type State } from '@tributary/contract/nouns/state';

import { draftOf, writtenState } from './draft-state.ts';
import { answerOf, applyRules } from './apply-rules.ts';
import { runRecord } from './run-record.ts';
import type { TaskRunRecord, TaskRunDecision, TaskRunFacts } from './task-run-decision.ts';
import { taskRunRules } from './task-run-rules/task-run-rules.ts';
import type { DecisionContext } from './decision-context.ts';
import type { Proposal } from './transition.ts';

/**
 * Decides on a state proposed by REST for a task run. Tasks reported by events aren't decided here: their process has applied the rules.
 */
export function decideTaskRun({ run, flowRun }: TaskRunFacts, proposal: Proposal, context: DecisionContext): TaskRunDecision {
  const from = run.state ?? null;
  const transition = { run, from, draft: draftOf(proposal.state, context.now), flowRun, context };
  const outcome = applyRules(proposal.force ? [] : taskRunRules, transition);
  if (!outcome.draft) return { answer: answerOf(outcome, from), state: null, record: null };
  const state = writtenState(outcome.draft, from, {
    id: context.newId<StateId>(),
    now: context.now,
    details: { flow_run_id: run.flow_run_id, task_run_id: run.id },
  });
  return { answer: answerOf(outcome, state), state, record: recordAfter({ run, flowRun }, from, state, proposal.force) };
}

function recordAfter({ run, flowRun }: TaskRunFacts, from: State | null, to: State, forced: boolean): TaskRunRecord {
  // A task run that starts again after its end counts its attempts from 0, so it has all its retries again. The stand-in of a child run
  // keeps its count, because its states are written by force.
  const counted = !forced && from && isTerminal(from.type) && !isTerminal(to.type) ? 0 : run.run_count;
  const runs = to.type === 'RUNNING';
  return {
    ...runRecord(run, from, to),
    run_count: counted + (runs ? 1 : 0),
    flow_run_run_count: runs && flowRun && !forced ? flowRun.run_count : run.flow_run_run_count,
  };
}
