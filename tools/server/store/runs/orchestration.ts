import type { FlowRunId, LeaseId, State, TaskRunId } from '@tributary/contract';
import type { concurrencyOptions } from '@tributary/contract/nouns/deployment';
import { labelNames, type Labels } from '@tributary/contract/nouns/label';
import { type CarriedStateType, isTerminal } from '@tributary/contract/nouns/state';
import type { z } from 'zod';

import type { ClaimEffect, DeploymentConcurrency, FlowRunRecord, SlotEffect } from '../../orchestrate/flow-run-decision.ts';
import type { OrchestrationStore } from '../../orchestrate/orchestration-store.ts';
import { insertState } from './insert-state.ts';
import { type FlowRunRow, flowRunOf, selectFlowRuns } from '../rows/flow-run.ts';
import { type JsonText, readJson, writeJson, writeTime } from '../rows/json.ts';
import { selectTaskRuns, type TaskRunRow, taskRunOf } from '../rows/task-run.ts';
import { currentStateOf } from '../rows/state.ts';
import { endLeases } from '../limits/release-slots.ts';
import { activeSlots } from '../rows/active-slots.ts';
import type { Transaction } from '../database/write.ts';
import { endsWithParent } from './ends-with-parent.ts';
import { unfinished } from './unfinished.ts';

/** How the rules' decisions read and write runs, in one transaction. */
export function orchestrationStore(tx: Transaction): OrchestrationStore {
  return {
    readFlowRunFacts: (id) => {
      const now = tx.now();
      const row = tx.get<FlowRunRow>(`${selectFlowRuns} WHERE r.id = ?`, id);
      if (!row) return undefined;
      const lease = tx.get<{ id: LeaseId }>('SELECT id FROM leases WHERE flow_run_id = ? AND expires > ?', id, now);
      return {
        run: flowRunOf(row, now),
        heldClaim: row.claim,
        concurrency: row.deployment_id === null ? null : readConcurrency(tx, row.deployment_id, now),
        heldLease: lease?.id ?? null,
      };
    },
    readTaskRunFacts: (id) => {
      const now = tx.now();
      const row = tx.get<TaskRunRow>(`${selectTaskRuns} WHERE t.id = ?`, id);
      if (!row) return undefined;
      const flowRow = row.flow_run_id === null ? undefined : tx.get<FlowRunRow>(`${selectFlowRuns} WHERE r.id = ?`, row.flow_run_id);
      return {
        run: taskRunOf(row, now),
        flowRun: flowRow ? { state: currentStateOf(flowRow), run_count: flowRow.run_count } : null,
      };
    },
    writeFlowRunState: (id, state, record, effects) => {
      const before = tx.get<{ state_type: CarriedStateType | null }>('SELECT state_type FROM flow_runs WHERE id = ?', id)?.state_type;
      insertState(tx, 'flow_run', id, state);
      writeFlowRunRecord(tx, id, state, record);
      applySlot(tx, id, effects.slot);
      applyClaim(tx, id, effects.claim);
      if (state.type === 'SCHEDULED' && before && isTerminal(before)) takeQueue(tx, id);
      if (state.type === 'SCHEDULED' || before === 'PENDING' || before === 'RUNNING') tx.wake('work');
      if (state.type === 'CANCELLING' || state.type === 'PAUSED') tx.wake('interruptions');
      if (isTerminal(state.type)) tx.wake(`end:${id}`);
    },
    writeTaskRunState: (id, state, record) => {
      insertState(tx, 'task_run', id, state);
      tx.run(
        `UPDATE task_runs SET updated = ?, state_id = ?, state_type = ?, state_name = ?, state_timestamp = ?, run_count = ?, flow_run_run_count = ?,
           expected_start_time = ?, next_scheduled_start_time = ?, start_time = ?, end_time = ?, total_run_time = ?
         WHERE id = ?`,
        tx.now(),
        state.id,
        state.type,
        state.name,
        writeTime(state.timestamp),
        record.run_count,
        record.flow_run_run_count,
        writeTime(record.expected_start_time),
        writeTime(record.next_scheduled_start_time),
        writeTime(record.start_time),
        writeTime(record.end_time),
        record.total_run_time,
        id,
      );
    },
    readNextForSlots: (deployment) => {
      const now = tx.now();
      const concurrency = readConcurrency(tx, deployment, now);
      const waiting = tx.all<{ id: FlowRunId; due: number }>(
        `SELECT id, next_scheduled_start_time AS due FROM flow_runs
         WHERE deployment_id = ? AND state_type = 'SCHEDULED' AND state_name = 'AwaitingConcurrencySlot'
         ORDER BY expected_start_time, id LIMIT ?`,
        deployment,
        concurrency ? Math.max(0, concurrency.limit - concurrency.activeSlots) : -1,
      );
      return waiting.filter(({ due }) => due > now).map(({ id }) => id);
    },
    endLeasesInside: (id) => {
      endLeases(
        tx,
        "holder_id = ? OR (holder_type = 'task_run' AND holder_id IN (SELECT id FROM task_runs WHERE flow_run_id = ?))",
        id,
        id,
      );
    },
    readChildrenToCancel: (id, end) =>
      tx
        .all<{ id: FlowRunId }>(
          `SELECT r.id FROM task_runs t JOIN flow_runs r ON r.parent_task_run_id = t.id
           WHERE t.flow_run_id = ? AND r.state_type IN ${unfinished} AND r.state_type <> 'CANCELLING'
             AND ${endsWithParent[end]}`,
          id,
        )
        .map((row) => row.id),
    readUnfinishedInside: (id) => ({
      taskRuns: tx
        .all<{ id: TaskRunId }>(
          `SELECT t.id FROM task_runs t
           WHERE t.flow_run_id = ? AND (t.state_type IS NULL OR t.state_type IN ${unfinished})
             AND NOT EXISTS (SELECT 1 FROM flow_runs r WHERE r.parent_task_run_id = t.id)`,
          id,
        )
        .map((row) => row.id),
      flowRuns: tx
        .all<{ id: FlowRunId }>(
          `SELECT r.id FROM task_runs t JOIN flow_runs r ON r.parent_task_run_id = t.id
           WHERE t.flow_run_id = ? AND r.deployment_id IS NULL AND r.claim IS NULL AND (r.state_type IS NULL OR r.state_type IN ${unfinished})`,
          id,
        )
        .map((row) => row.id),
    }),
  };
}

function readConcurrency(tx: Transaction, deploymentId: string, now: number): DeploymentConcurrency | null {
  const row = tx.get<{ id: string; limit: number; slots: number; options: JsonText<z.output<typeof concurrencyOptions>> | null }>(
    `SELECT l.id, l."limit", d.concurrency_options AS options, ${activeSlots} AS slots
     FROM deployments d JOIN concurrency_limits l ON l.id = d.concurrency_limit_id
     WHERE d.id = ? AND l.active = 1`,
    now,
    deploymentId,
  );
  if (!row) return null;
  const options = readJson(row.options);
  return {
    limitId: row.id,
    limit: row.limit,
    activeSlots: row.slots,
    strategy: options?.collision_strategy ?? 'ENQUEUE',
    leaseSeconds: options?.grace_period_seconds ?? 300,
  };
}

function writeFlowRunRecord(tx: Transaction, id: FlowRunId, state: State, record: FlowRunRecord): void {
  tx.run(
    `UPDATE flow_runs SET updated = ?, state_id = ?, state_type = ?, state_name = ?, state_timestamp = ?, run_count = ?, expected_start_time = ?,
       next_scheduled_start_time = ?, start_time = ?, end_time = ?, total_run_time = ?, infrastructure_pid = ?, empirical_policy = ?
     WHERE id = ?`,
    tx.now(),
    state.id,
    state.type,
    state.name,
    writeTime(state.timestamp),
    record.run_count,
    writeTime(record.expected_start_time),
    writeTime(record.next_scheduled_start_time),
    writeTime(record.start_time),
    writeTime(record.end_time),
    record.total_run_time,
    record.infrastructure_pid ?? null,
    writeJson(record.empirical_policy),
    id,
  );
}

/** Gives a retried run whose work pool or queue was deleted the queue that its deployment has now. Otherwise no worker would find the run. */
function takeQueue(tx: Transaction, id: FlowRunId): void {
  tx.run(
    `UPDATE flow_runs SET (work_queue_id, work_queue_name) =
       (SELECT d.work_queue_id, d.work_queue_name FROM deployments d WHERE d.id = flow_runs.deployment_id)
     WHERE id = ? AND work_queue_id IS NULL AND deployment_id IS NOT NULL`,
    id,
  );
}

function applySlot(tx: Transaction, id: FlowRunId, slot: SlotEffect | null): void {
  if (!slot) return;
  if (slot.do === 'release') {
    if (endLeases(tx, 'flow_run_id = ?', id) > 0) tx.wake('work');
    return;
  }
  const now = tx.now();
  const expires = now + Math.round(slot.seconds * 1e6);
  if (slot.do === 'renew') {
    tx.run('UPDATE leases SET expires = ? WHERE id = ?', expires, slot.lease);
    return;
  }
  tx.run(
    'INSERT INTO leases (id, concurrency_limit_id, created, expires, slots, flow_run_id) VALUES (?, ?, ?, ?, 1, ?)',
    slot.lease,
    slot.limitId,
    now,
    expires,
    id,
  );
}

function applyClaim(tx: Transaction, id: FlowRunId, claim: ClaimEffect | null): void {
  if (!claim) return;
  if (claim.do === 'end') {
    tx.run('UPDATE flow_runs SET claim = NULL WHERE id = ?', id);
    return;
  }
  const row = tx.get<{ labels: JsonText<Labels> }>('SELECT labels FROM flow_runs WHERE id = ?', id);
  const labels = row ? readJson(row.labels) : {};
  delete labels[labelNames.worker];
  delete labels[labelNames.boot];
  if (claim.worker !== null) labels[labelNames.worker] = claim.worker;
  if (claim.boot !== null) labels[labelNames.boot] = claim.boot;
  tx.run('UPDATE flow_runs SET claim = ?, labels = ? WHERE id = ?', claim.claim, writeJson(labels), id);
}
