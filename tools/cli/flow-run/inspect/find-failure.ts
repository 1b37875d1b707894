import type { TreeFlowRun, TreeRow, TreeTaskRun } from '@tributary/contract/nouns/flow-run-tree';
import { endedBadly } from '@tributary/contract/nouns/state';
import { hasFailed } from '@tributary/contract/nouns/walk-tree';

type Failed = TreeFlowRun | TreeTaskRun;

export interface Failure {
  /** from the tree's root down to the run or task in which the failure began */
  readonly chain: readonly [TreeFlowRun, ...Failed[]];
  /** what else failed in the tree */
  readonly others: readonly Failed[];
}

/**
 * Finds the deepest failure of a run's tree. A failed task counts only in a flow run that failed, because a completed run has handled it.
 * @param rows the tree, the root first
 * @returns undefined if nothing failed
 */
export function findFailure(rows: readonly TreeRow[]): Failure | undefined {
  const runs = new Map(rows.flatMap((row) => (row.kind === 'flow-run' ? [[row.id, row] as const] : [])));
  const failedRuns = [...runs.values()].filter(hasFailed);
  const failedTasks = rows.filter((row) => row.kind === 'task-run').filter((task) => hasFailed(task) && isIn(failedRuns, task.flow_run_id));
  const parentOf = (run: TreeFlowRun): TreeFlowRun | undefined =>
    run.parent_flow_run_id === null ? undefined : runs.get(run.parent_flow_run_id);
  const outermost = failedRuns.filter((run) => {
    const parent = parentOf(run);
    return !parent || !(hasFailed(parent) || isLeftBehind(run, parent));
  });
  const first = earliest(outermost);
  if (!first) return undefined;
  const chain: Failed[] = [first];
  for (let run: TreeFlowRun | undefined = first; run;) {
    const { id } = run;
    const cause = causeOf(
      run,
      [...runs.values()].filter(({ parent_flow_run_id: parent }) => parent === id),
      failedTasks.filter(({ flow_run_id: parent }) => parent === id),
    );
    if (cause) chain.push(cause);
    run = cause?.kind === 'flow-run' ? cause : undefined;
  }
  const others = [...failedRuns, ...failedTasks].filter((row) => !chain.includes(row));
  let top: TreeFlowRun = first;
  for (let parent = parentOf(first); parent; parent = parentOf(parent)) {
    chain.unshift(parent);
    top = parent;
  }
  return { chain: [top, ...chain.slice(1)], others };
}

function isIn(runs: readonly TreeFlowRun[], id: TreeFlowRun['id']): boolean {
  return runs.some((run) => run.id === id);
}

/** Whether a completed run names a child of an earlier attempt that its last attempt didn't ask for again. */
function isLeftBehind({ id }: TreeFlowRun, { state_type: type, message }: TreeFlowRun): boolean {
  return type === 'COMPLETED' && (message ?? '').includes(id);
}

/**
 * Chooses what made a run fail: what its message names, which may be a cancelled child; otherwise what failed first. A crash without a named
 * cause has none below it.
 */
function causeOf(run: TreeFlowRun, children: readonly TreeFlowRun[], failedTasks: readonly TreeTaskRun[]): Failed | undefined {
  const message = run.message ?? '';
  const named = children.find((child) => endedBadly(child.state_type) && message.includes(child.id));
  const quoted = failedTasks.find((task) => isQuoted(task.message, message));
  return named ?? quoted ?? (run.state_type === 'CRASHED' ? undefined : earliest([...children.filter(hasFailed), ...failedTasks]));
}

function isQuoted(said: string | null, message: string): boolean {
  return said !== null && said !== '' && message !== '' && (message.includes(said) || said.includes(message));
}

function earliest<Row extends Failed>(rows: readonly Row[]): Row | undefined {
  return rows.toSorted((one, other) => ((one.end_time ?? '') < (other.end_time ?? '') ? -1 : 1))[0];
}
