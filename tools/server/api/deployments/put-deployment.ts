import type { DeploymentId, ScheduleId } from '@tributary/contract';
import { fromMicros } from '@tributary/contract/moment';
import type { AppliedDeployment } from '@tributary/contract/routes/apply';

import type { EmptySchedule } from '../../schedule/make-runs-in-slices.ts';
import { matchSchedules, type ScheduleMatch } from '../../schedule/match-schedules.ts';
import { refreshRuns } from '../../schedule/refresh-runs.ts';
import type { Value } from '../../store/database/database.ts';
import { updateRow } from '../../store/database/update-row.ts';
import type { Transaction } from '../../store/database/write.ts';
import { insertDeployment } from '../../store/deployments/insert-deployment.ts';
import { readSchedules } from '../../store/deployments/read-deployments.ts';
import { deleteSchedule, insertSchedule, replaceSchedule } from '../../store/deployments/schedules.ts';
import type { DeploymentRow } from '../../store/rows/deployment.ts';
import type { FlowRow } from '../../store/rows/flow.ts';
import { readJson, writeJson } from '../../store/rows/json.ts';
import { deleteFutureRuns } from '../../store/runs/unstarted-runs.ts';
import { fieldColumns, writeLimit } from './write-fields.ts';

/**
 * Creates or updates a deployment, and leaves what doesn't change: fields that are left out, schedules with their ids, and the runs of schedules
 * whose times stay. These runs get the deployment's new parameters, tags, labels, version and queue.
 * @param before the deployment as it is; undefined to create it
 * @returns the deployment, and its schedules whose runs have to be created
 * @throws Refusal 404 or 422
 */
export function putDeployment(
  tx: Transaction,
  flow: FlowRow,
  wanted: AppliedDeployment,
  before: DeploymentRow | undefined,
): { readonly id: DeploymentId; readonly empty: readonly EmptySchedule[] } {
  const id = before?.id ?? insertDeployment(tx, { name: wanted.name, flow_id: flow.id });
  const columns = changedColumns(tx, id, flow, wanted, before);
  if (isLimitChanged(wanted, before)) writeLimit(tx, id, wanted);
  const now = tx.now();
  const match = matchSchedules(readSchedules(tx, id), wanted.schedules, fromMicros(now));
  const added = writeSchedules(tx, id, match, now);
  if (match.removed.length > 0 || added.length > 0 || match.stay.some(isChanged) || Object.keys(columns).length > 0)
    updateRow(tx, 'deployments', id, columns);
  const retimed = match.stay.filter((one) => one.retimed || 'paused' in columns).map((one) => one.id);
  for (const one of retimed) deleteFutureRuns(tx, id, now, one);
  const isInherited = Object.keys(columns).some((name) => inherited.has(name));
  const stale = match.stay.filter((one) => isInherited || isChanged(one)).map((one) => one.id);
  refreshRuns(tx, id, now, new Set(stale));
  return { id, empty: [...retimed, ...added].map((schedule) => ({ deployment: id, schedule, since: now })) };
}

function isChanged({ changed }: ScheduleMatch['stay'][number]): boolean {
  return changed;
}

/** The columns of a deployment that its runs have too. */
const inherited: ReadonlySet<string> = new Set(['version', 'parameters', 'tags', 'labels', 'work_queue_id', 'work_queue_name']);

function changedColumns(
  tx: Transaction,
  id: DeploymentId,
  flow: FlowRow,
  wanted: AppliedDeployment,
  before: DeploymentRow | undefined,
): Record<string, Value> {
  const columns = fieldColumns(tx, id, wanted);
  if (wanted.labels || !before) columns['labels'] = labelsColumn(flow, wanted.labels);
  const known: Readonly<Record<string, Value>> = before ?? {};
  return Object.fromEntries(Object.entries(columns).filter(([name, value]) => !before || known[name] !== value));
}

/** The column `labels` of a deployment that gets these labels. */
export function labelsColumn(flow: Pick<FlowRow, 'id' | 'labels'>, labels: AppliedDeployment['labels']): string {
  return writeJson({ ...readJson(flow.labels), 'prefect.flow.id': flow.id, ...labels });
}

/** A limit of the same size stays, also one that several deployments share. */
function isLimitChanged(
  { concurrency_limit: limit, global_concurrency_limit_id: other }: AppliedDeployment,
  before: DeploymentRow | undefined,
) {
  if (limit !== undefined) return limit !== (before?.limit_limit ?? null);
  return other !== undefined && other !== (before?.concurrency_limit_id ?? null);
}

/** @returns the ids of the added schedules */
function writeSchedules(tx: Transaction, id: DeploymentId, { stay, added, removed }: ScheduleMatch, now: number): ScheduleId[] {
  for (const one of removed) {
    deleteFutureRuns(tx, id, now, one);
    deleteSchedule(tx, id, one);
  }
  for (const one of stay) if (one.changed) replaceSchedule(tx, id, one.id, one.schedule, now);
  return added.map((one) => insertSchedule(tx, id, one, now));
}
