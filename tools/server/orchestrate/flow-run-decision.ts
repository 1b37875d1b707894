import type { LeaseId } from '@tributary/contract';
import type { FlowRun, FlowRunPolicy } from '@tributary/contract/nouns/flow-run';

import type { ProposalAnswer, MadeState } from './transition.ts';

/** The run's columns after the transition. All of them are written with the state. */
export type FlowRunRecord = Pick<
  FlowRun,
  | 'run_count'
  | 'expected_start_time'
  | 'next_scheduled_start_time'
  | 'start_time'
  | 'end_time'
  | 'total_run_time'
  /** null once the run waits for a new worker: it has no infrastructure then */
  | 'infrastructure_pid'
> & { readonly empirical_policy: FlowRunPolicy };

/** What happens to the run's slot of its deployment's limit; `seconds` is the lease's time from now. */
export type SlotEffect =
  | { readonly do: 'take'; readonly limitId: string; readonly lease: LeaseId; readonly seconds: number }
  | { readonly do: 'renew'; readonly lease: LeaseId; readonly seconds: number }
  /** every lease in the run's name */
  | { readonly do: 'release' };

/** What happens to the claim that holds the run. */
export type ClaimEffect =
  /** stored as the run's claim; worker and boot become the labels `tributary.worker` and `tributary.boot`, null removes them */
  | { readonly do: 'take'; readonly claim: string; readonly worker: string | null; readonly boot: string | null }
  /** the run's claim becomes null: whoever held it is answered ABORT from now on */
  | { readonly do: 'end' };

/** What must happen in the same transaction as the state's row. */
export interface FlowRunEffects {
  readonly slot: SlotEffect | null;
  readonly claim: ClaimEffect | null;
  /** write the state onto the parent task run too */
  readonly mirror: boolean;
  /** propose CANCELLING to each unfinished child */
  readonly cancelChildren: boolean;
  /** end what lived in the run's process: its task runs, and child runs without a deployment */
  readonly settleInside: boolean;
}

/** With a state (201), state, record and effects are written together; without one (200), nothing is. */
export type FlowRunDecision = {
  readonly answer: ProposalAnswer;
  /** told in the answer's header `tributary-claim`: a new claim's token, or again the one whose answer may have been lost */
  readonly claim: string | null;
} & (
  | { readonly state: MadeState; readonly record: FlowRunRecord; readonly effects: FlowRunEffects }
  | { readonly state: null; readonly record: null; readonly effects: null }
);
