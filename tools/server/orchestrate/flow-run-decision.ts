import type { LeaseId } from '@tributary/contract';
import type { FlowRun, FlowRunPolicy } from '@tributary/contract/nouns/flow-run';

import type { MadeState, Proposal, ProposalAnswer } from './transition.ts';

// A decision on a flow run takes facts and a proposal, and returns an answer, a state, a record and effects.

/** The fields of a flow run that its rules and its record need. */
export type OrchestratedFlowRun = Pick<
  FlowRun,
  | 'id'
  | 'state'
  | 'deployment_id'
  | 'parent_task_run_id'
  | 'infrastructure_pid'
  | 'empirical_policy'
  | 'labels'
  | 'run_count'
  | 'expected_start_time'
  | 'next_scheduled_start_time'
  | 'start_time'
  | 'end_time'
  | 'total_run_time'
>;

/** A deployment's own limit (the global limit `deployment:{id}`) at the time of the decision. */
export interface DeploymentConcurrency {
  /** the global concurrency limit's id */
  readonly limitId: string;
  readonly limit: number;
  /** slots of leases that haven't lapsed, including the run's own */
  readonly activeSlots: number;
  readonly strategy: 'ENQUEUE' | 'CANCEL_NEW';
  /** how long a new lease lasts before its first renewal: the deployment's grace_period_seconds, else 300 */
  readonly leaseSeconds: number;
}

/** What the rules know about a flow run when a state is proposed for it. */
export interface FlowRunFacts {
  readonly run: OrchestratedFlowRun;
  /** the token of the run's current claim; null if it has none */
  readonly heldClaim: string | null;
  /** null if the run has no deployment, or the deployment has no active limit */
  readonly concurrency: DeploymentConcurrency | null;
  /** the run's own lease that hasn't lapsed; null if it has none */
  readonly heldLease: LeaseId | null;
}

/** A proposal with the headers of its request. */
export interface FlowRunProposal extends Proposal {
  /** the header `tributary-claim`; null from Prefect's clients, which send none */
  readonly claim: string | null;
  /** the header `tributary-worker`: the name of the worker that claims the run */
  readonly worker: string | null;
  /** the header `tributary-boot`: the id of that worker's process */
  readonly boot: string | null;
  /** the header `tributary-offered`: the state that the proposal is for; null from Prefect's workers, which send none */
  readonly offered: string | null;
}

/** The run's columns after the transition, all written together with the state. */
export type FlowRunRecord = Pick<
  FlowRun,
  | 'run_count'
  | 'expected_start_time'
  | 'next_scheduled_start_time'
  | 'start_time'
  | 'end_time'
  | 'total_run_time'
  /** null once the run waits for a worker, because the run then has no process */
  | 'infrastructure_pid'
> & { readonly empirical_policy: FlowRunPolicy };

/** What happens to the run's slot of its deployment's limit. `seconds` is how long the lease lasts from now. */
export type SlotEffect =
  | { readonly do: 'take'; readonly limitId: string; readonly lease: LeaseId; readonly seconds: number }
  | { readonly do: 'renew'; readonly lease: LeaseId; readonly seconds: number }
  /** ends all leases of the run */
  | { readonly do: 'release' };

/** What happens to the claim that holds the run. */
export type ClaimEffect =
  /** stored as the run's claim; worker and boot become the labels `tributary.worker` and `tributary.boot`, null removes the label */
  | { readonly do: 'take'; readonly claim: string; readonly worker: string | null; readonly boot: string | null }
  /** the run's claim becomes null: requests with its token are answered ABORT from now on */
  | { readonly do: 'end' };

/**
 * The ends of a parent that cancel its children. `cancelled` cancels all children except those with the label
 * `tributary.on-parent-end: leave`. `failed` means that the parent failed and isn't retried. It cancels only the children with the label
 * `tributary.on-parent-end: cancel`.
 */
export type ParentEnd = 'cancelled' | 'failed';

/** What is written in the same transaction as the state. */
export interface FlowRunEffects {
  readonly slot: SlotEffect | null;
  readonly claim: ClaimEffect | null;
  /** also write the state to the parent task run */
  readonly mirror: boolean;
  /** propose CANCELLING for the unfinished children that are cancelled when the run ends in this way; null for all other states */
  readonly cancelChildren: ParentEnd | null;
  /** end what ran in the run's process: its task runs, and child runs without a deployment */
  readonly settleInside: boolean;
}

/** With a state (201), the state, record and effects are written together. Without one (200), nothing is written. */
export type FlowRunDecision = {
  readonly answer: ProposalAnswer;
  /**
   * the token of the run's claim, sent as the answer's header `tributary-claim`. It is set if the request claims the run. It is set again
   * if the request repeats a claim, because the first answer may have been lost. Otherwise it is null.
   */
  readonly claim: string | null;
} & (
  | { readonly state: MadeState; readonly record: FlowRunRecord; readonly effects: FlowRunEffects }
  | { readonly state: null; readonly record: null; readonly effects: null }
);
