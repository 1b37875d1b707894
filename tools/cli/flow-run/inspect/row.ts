import { secondsBetween, type Timestamp } from '@tributary/contract/moment';
import type { TreeRow } from '@tributary/contract/nouns/flow-run-tree';
import { defaultStateName, stateTypes } from '@tributary/contract/nouns/state';

import { lasting } from '../../print/moment.ts';

/** The name of a row: `flow/run name`, a task run's name, or a task's name with the number of its runs. */
export function nameOf(row: TreeRow): string {
  if (row.kind === 'flow-run') return `${row.flow_name ?? '?'}/${row.name}`;
  if (row.kind === 'task-run') return row.name;
  return `${row.task_key} ×${Object.values(row.counts).reduce((sum, number) => sum + number, 0)}`;
}

/** The state of a row, or of several task runs how many are in which state: `97 Completed, 3 Failed`. */
export function statesOf(row: TreeRow): string {
  if (row.kind !== 'task-runs') return row.state_name ?? '-';
  const known = stateTypes.flatMap((type) => (row.counts[type] ? [`${row.counts[type]} ${defaultStateName(type)}`] : []));
  return known.join(', ');
}

/** Orders rows by their starts. Rows that haven't started come last. */
export function byStart(one: TreeRow, other: TreeRow): number {
  return (one.start_time ?? '~') < (other.start_time ?? '~') ? -1 : 1;
}

/** How long a row took, or has taken so far. The time between the attempts of a flow run that has ended doesn't count. */
export function took(row: TreeRow, now: Timestamp): string {
  const { start_time, end_time } = row;
  // A task that never ran, such as one that dbt skipped, ends when it starts.
  if (!start_time || (row.kind === 'task-run' && start_time === end_time)) return '-';
  // A Prefect server sets total_run_time a moment after the end.
  if (end_time && row.kind === 'flow-run' && row.total_run_time > 0) return lasting(row.total_run_time);
  return lasting(Math.max(0, secondsBetween(start_time, end_time ?? now)));
}
