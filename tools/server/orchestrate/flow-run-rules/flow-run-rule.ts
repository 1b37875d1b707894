import type { FlowRunPolicy } from '@tributary/contract/nouns/flow-run';
import type { State } from '@tributary/contract/nouns/state';

import type { FlowRunFacts, FlowRunProposal, OrchestratedFlowRun, SlotEffect } from '../flow-run-decision.ts';
import type { DecisionContext } from '../decision-context.ts';
import type { DraftState, RuleVerdict } from '../transition.ts';

interface FlowRunTransition {
  readonly run: OrchestratedFlowRun;
  readonly from: State | null;
  /** the proposed state, with the changes of the rules before this one */
  readonly draft: DraftState;
  readonly facts: FlowRunFacts;
  readonly proposal: FlowRunProposal;
  readonly context: DecisionContext;
}

interface FlowRunChange {
  readonly policy: Partial<FlowRunPolicy>;
  readonly slot: SlotEffect;
  /** the token of an earlier claim, which the server sends again in its answer */
  readonly repeatedClaim: string;
}

export type FlowRunRule = (transition: FlowRunTransition) => RuleVerdict<FlowRunChange> | undefined;
