import {
  type DeploymentId,
  type FlowId,
  type FlowRunId,
  newId,
  type StateProposal,
  type TaskRunId,
  type WorkQueueId,
} from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';
import type { Timestamp } from '@tributary/contract/moment';
import type { FlowRun, FlowRunPolicy } from '@tributary/contract/nouns/flow-run';
import type { Labels } from '@tributary/contract/nouns/label';

import { createDecisionContext } from '../orchestrate/decision-context.ts';
import { nameRun } from '../orchestrate/name-run.ts';
import { ownProposal, setFlowRunState } from '../orchestrate/set-flow-run-state.ts';
import { orchestrationStore } from './orchestration.ts';
import { readFlowRun } from './read-run.ts';
import { writeJson, writeMaybe } from './rows/json.ts';
import type { Transaction } from './write.ts';

/** A run about to be: what is left out gets its default. */
export interface NewFlowRun {
  readonly flow_id: FlowId;
  readonly name?: string | null | undefined;
  readonly deployment_id?: DeploymentId | null | undefined;
  readonly deployment_version?: string | null | undefined;
  readonly work_queue_id?: WorkQueueId | null | undefined;
  readonly work_queue_name?: string | null | undefined;
  readonly flow_version?: string | null | undefined;
  readonly parameters: JsonObject;
  readonly idempotency_key?: string | null | undefined;
  readonly context?: JsonObject | null | undefined;
  readonly empirical_policy?: FlowRunPolicy | null | undefined;
  readonly tags: readonly string[];
  readonly labels: Labels;
  readonly parent_task_run_id?: TaskRunId | null | undefined;
  readonly infrastructure_document_id?: string | null | undefined;
  readonly job_variables?: JsonObject | null | undefined;
  readonly auto_scheduled?: boolean;
  readonly created_by?: FlowRun['created_by'];
  /** null: the run has no state yet */
  readonly state: StateProposal | null;
}

/** What a policy is where it says nothing. */
export const defaultPolicy: FlowRunPolicy = {
  max_retries: 0,
  retry_delay_seconds: 0,
  retries: null,
  retry_delay: null,
  pause_keys: [],
  resuming: false,
  retry_type: null,
};

/**
 * Makes a run in its first state; the same idempotency key of the same flow finds the run that was made before.
 * @returns the run's id, and whether it is new
 */
export function createFlowRun(tx: Transaction, run: NewFlowRun): { readonly id: FlowRunId; readonly created: boolean } {
  const known =
    run.idempotency_key &&
    tx.get<{ id: FlowRunId }>('SELECT id FROM flow_runs WHERE flow_id = ? AND idempotency_key = ?', run.flow_id, run.idempotency_key);
  if (known) return { id: known.id, created: false };
  const id = newId<FlowRunId>();
  const now = tx.now();
  tx.run(
    `INSERT INTO flow_runs (id, created, updated, name, flow_id, deployment_id, deployment_version, work_queue_id, work_queue_name, flow_version,
       parameters, idempotency_key, context, empirical_policy, tags, labels, parent_task_run_id, infrastructure_document_id, created_by,
       job_variables, auto_scheduled)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    now,
    now,
    run.name ?? nameRun(),
    run.flow_id,
    run.deployment_id ?? null,
    run.deployment_version ?? null,
    run.work_queue_id ?? null,
    run.work_queue_name ?? null,
    run.flow_version ?? null,
    writeJson(run.parameters),
    run.idempotency_key ?? null,
    writeJson(run.context ?? {}),
    writeJson(run.empirical_policy ? { ...defaultPolicy, ...run.empirical_policy } : defaultPolicy),
    writeJson(run.tags),
    writeJson(run.labels),
    run.parent_task_run_id ?? null,
    run.infrastructure_document_id ?? null,
    writeMaybe(run.created_by),
    writeMaybe(run.job_variables),
    run.auto_scheduled ? 1 : 0,
  );
  if (run.state) {
    const context = createDecisionContext(tx.now());
    setFlowRunState(orchestrationStore(tx), id, ownProposal(withScheduledTime(run.state, context.now), true), context);
  }
  return { id, created: true };
}

/** The run as it is now. */
export function createdFlowRun(tx: Transaction, id: FlowRunId): FlowRun {
  const run = readFlowRun(tx, id, tx.now());
  if (!run) throw new Error(`Flow run ${id} is gone within the job that made it.`);
  return run;
}

function withScheduledTime(state: StateProposal, now: Timestamp): StateProposal {
  if (state.type !== 'SCHEDULED' || state.state_details?.scheduled_time) return state;
  return { ...state, state_details: { ...state.state_details, scheduled_time: now } };
}
