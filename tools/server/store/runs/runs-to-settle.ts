import type { FlowRunId } from '@tributary/contract';
import { hookKeyPrefix } from '@tributary/contract/hook-key';
import { fromMicros } from '@tributary/contract/moment';

import type { ParentEnd } from '../../orchestrate/flow-run-decision.ts';
import type { Database } from '../database/database.ts';
import { endsWithParent } from './ends-with-parent.ts';
import { unfinished } from './unfinished.ts';

type IdRow = { id: FlowRunId };

const ids = (rows: readonly IdRow[]): FlowRunId[] => rows.map(({ id }) => id);

/**
 * Scheduled runs whose time has passed and that aren't Late yet.
 * @param before in integer microseconds
 */
export function readOverdueRuns(
  database: Database,
  before: number,
  limit: number,
): { readonly id: FlowRunId; readonly next_scheduled_start_time: number }[] {
  return database.all<{ id: FlowRunId; next_scheduled_start_time: number }>(
    `SELECT id, next_scheduled_start_time FROM flow_runs
     WHERE state_type = 'SCHEDULED' AND state_name = 'Scheduled' AND next_scheduled_start_time < ? LIMIT ?`,
    before,
    limit,
  );
}

/**
 * Paused and suspended runs whose pause has timed out.
 * @param now in integer microseconds
 */
export function readExpiredPauses(database: Database, now: number): FlowRunId[] {
  return ids(
    database.all<IdRow>(
      `SELECT r.id FROM flow_runs r JOIN flow_run_states s ON s.id = r.state_id
       WHERE r.state_type = 'PAUSED' AND json_extract(s.state_details, '$.pause_timeout') < ?`,
      fromMicros(now),
    ),
  );
}

/**
 * Unfinished child runs that were created after their parent had ended in this way. Two kinds are left out: a child that has ended before,
 * because a person has retried it, and a child that a hook of a failed parent has created.
 */
export function readLateChildren(database: Database, end: ParentEnd, limit: number): FlowRunId[] {
  const ended = {
    cancelled: "p.state_type IN ('CANCELLING', 'CANCELLED')",
    failed: `p.state_type = 'FAILED' AND instr(coalesce(r.idempotency_key, ''), p.id || ':${hookKeyPrefix}') <> 1`,
  };
  return ids(
    database.all<IdRow>(
      `SELECT r.id FROM flow_runs r JOIN task_runs t ON t.id = r.parent_task_run_id JOIN flow_runs p ON p.id = t.flow_run_id
       WHERE r.state_type IN ${unfinished} AND r.state_type <> 'CANCELLING' AND r.parent_task_run_id IS NOT NULL
         AND ${ended[end]} AND r.created > p.state_timestamp AND ${endsWithParent[end]}
         AND NOT EXISTS (SELECT 1 FROM flow_run_states s WHERE s.flow_run_id = r.id AND s.type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'))
       LIMIT ?`,
      limit,
    ),
  );
}

/**
 * Runs that have been in CANCELLING since before a time.
 * @param since in integer microseconds
 */
export function readStuckCancelling(database: Database, since: number, limit: number): FlowRunId[] {
  const sql = "SELECT id FROM flow_runs WHERE state_type = 'CANCELLING' AND state_timestamp < ? LIMIT ?";
  return ids(database.all<IdRow>(sql, since, limit));
}

/**
 * Ended runs in whose process a task run or child run never reported its end.
 * @param before in integer microseconds; for runs that ended before this time, all reports should have arrived by now
 */
export function readEndedUnsettled(database: Database, before: number, limit: number): FlowRunId[] {
  return ids(
    database.all<IdRow>(
      // CROSS JOIN makes SQLite begin with the few unfinished task runs, by their index, not with all ended flow runs.
      `SELECT DISTINCT p.id FROM task_runs t CROSS JOIN flow_runs p ON p.id = t.flow_run_id
       WHERE t.state_type IN ${unfinished} AND p.state_type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED') AND p.end_time < ?
         AND NOT EXISTS (SELECT 1 FROM flow_runs r WHERE r.parent_task_run_id = t.id AND (r.deployment_id IS NOT NULL OR r.claim IS NOT NULL))
       LIMIT ?`,
      before,
      limit,
    ),
  );
}
