import type { LeaseId } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { Proposal } from './transition.ts';

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
