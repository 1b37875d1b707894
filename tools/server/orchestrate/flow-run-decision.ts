import type { LeaseId } from '@tributary/contract';
import type { FlowRun, FlowRunPolicy } from '@tributary/contract/nouns/flow-run';
import type { Labels } from '@tributary/contract/nouns/label';
import type { State } from '@tributary/contract/nouns/state';

import type { Answer } from './transition.ts';

/** The run's columns after the transition. All of them are written with the state. */
export interface FlowRunBooks {
  readonly run_count: number;
  readonly expected_start_time: FlowRun['expected_start_time'];
  readonly next_scheduled_start_time: FlowRun['next_scheduled_start_time'];
  readonly start_time: FlowRun['start_time'];
  readonly end_time: FlowRun['end_time'];
  /** seconds, of all attempts that have ended */
  readonly total_run_time: number;
  /** null clears it: a run that goes back to SCHEDULED has no infrastructure */
  readonly infrastructure_pid: FlowRun['infrastructure_pid'];
  readonly empirical_policy: FlowRunPolicy;
}

/** What must happen in the same transaction as the state's row. */
export interface FlowRunEffects {
  /** take one slot of the limit under this lease */
  readonly takeSlot: { readonly limitId: string; readonly lease: LeaseId; readonly seconds: number } | null;
  readonly releaseLease: LeaseId | null;
  /** a token: this claim holds the run now, and the answer tells it in its header; null: no new claim */
  readonly claim: string | null;
  /** merged into the run's labels */
  readonly labels: Labels | null;
  /** write the state onto the parent task run too (see mirror-to-parent.ts) */
  readonly mirror: boolean;
  /** propose CANCELLING to each unfinished child */
  readonly cancelChildren: boolean;
}

/** `state` null: nothing is written, and books and effects are null too (200); otherwise they go together (201). */
export type FlowRunDecision = { readonly answer: Answer } & (
  | { readonly state: State; readonly books: FlowRunBooks; readonly effects: FlowRunEffects }
  | { readonly state: null; readonly books: null; readonly effects: null }
);
