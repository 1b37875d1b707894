import type { LeaseId } from '@tributary/contract';
import type { FlowRun, FlowRunPolicy } from '@tributary/contract/nouns/flow-run';

import type { MadeState, Proposal, ProposalAnswer } from './transition.ts';

// What a decision on a flow run is made of: facts and a proposal go in; an answer, a state, a record and effects come out.

/** The parts of a flow run that its rules and its record need. A whole FlowRun fits. */
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

/** A deployment's own limit (the global limit `deployment:{id}`) at this moment. */
export interface DeploymentConcurrency {
  /** the global concurrency limit's id */
  readonly limitId: string;
  readonly limit: number;
  /** slots of leases that have not lapsed; the run's own too */
  readonly activeSlots: number;
  readonly strategy: 'ENQUEUE' | 'CANCEL_NEW';
  /** how long a new lease lasts before its first renewal: the deployment's grace_period_seconds, else 300 */
  readonly leaseSeconds: number;
}

/** All that is known when a state is proposed for a flow run. */
export interface FlowRunFacts {
  readonly run: OrchestratedFlowRun;
  /** the token of the claim that holds the run; null when nobody claimed through us, or the claim has ended */
  readonly heldClaim: string | null;
  /** null without a deployment, or when it has no active limit */
  readonly concurrency: DeploymentConcurrency | null;
  /** the lease in the run's name that has not lapsed; null when there is none */
  readonly heldLease: LeaseId | null;
}

/** A proposal and the headers it came with. */
export interface FlowRunProposal extends Proposal {
  /** `tributary-claim`; null when the client sent none, as Prefect's own do */
  readonly claim: string | null;
  /** `tributary-worker` and `tributary-boot`, of the worker that claims */
  readonly worker: string | null;
  readonly boot: string | null;
  /** `tributary-offered`: the state that the proposal is for; null when the client sent none, as Prefect's own workers do */
  readonly offered: string | null;
}

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
