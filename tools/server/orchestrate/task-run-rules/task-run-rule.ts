import type { State } from '@tributary/contract/nouns/state';

import type { OrchestratedTaskRun, TaskRunFacts } from '../task-run-decision.ts';
import type { DecisionContext } from '../decision-context.ts';
import type { DraftState, RuleVerdict } from '../transition.ts';

interface TaskRunTransition {
  readonly run: OrchestratedTaskRun;
  readonly from: State | null;
  /** the proposed state, with the changes of the rules before this one */
  readonly draft: DraftState;
  readonly flowRun: TaskRunFacts['flowRun'];
  readonly context: DecisionContext;
}

export type TaskRunRule = (transition: TaskRunTransition) => RuleVerdict<never> | undefined;
