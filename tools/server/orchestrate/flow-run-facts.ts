import type { LeaseId } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { Proposal } from './transition.ts';

/** The parts of a flow run that its rules and books look at. A whole FlowRun fits. */
export type OrchestratedFlowRun = Pick<
  FlowRun,
  | 'id'
  | 'state'
  | 'deployment_id'
  | 'parent_task_run_id'
  | 'infrastructure_pid'
  | 'empirical_policy'
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
  /** slots taken by leases that have not lapsed; the run's own too */
  readonly activeSlots: number;
  readonly strategy: 'ENQUEUE' | 'CANCEL_NEW';
}

/** All that is known when a state is proposed for a flow run. */
export interface FlowRunFacts {
  readonly run: OrchestratedFlowRun;
  /** the token of the last claim; null when nobody claimed through us */
  readonly heldClaim: string | null;
  /** null without a deployment, or when it has no active limit */
  readonly concurrency: DeploymentConcurrency | null;
  /** the concurrency lease that the run holds, living or lapsed; null when none */
  readonly heldLease: LeaseId | null;
}

/** A proposal and the headers it came with. */
export interface FlowRunProposal extends Proposal {
  /** `tributary-claim`: null when the client sent none, as Prefect's own do */
  readonly claim: string | null;
  /** `tributary-worker` and `tributary-boot`, of the worker that claims */
  readonly worker: string | null;
  readonly boot: string | null;
}
