import type { FlowRunId, TaskRunId } from '../id.ts';
import type { Timestamp } from '../moment.ts';
import type { TreeFlowRun, TreeRow } from './flow-run-tree.ts';
import { type CarriedStateType, isTerminal } from './state.ts';

/** What the walk reads of a task run. Task runs come in the order of task_key, dynamic_key and id. */
export interface WalkedTaskRun {
  readonly id: TaskRunId;
  readonly task_key: string;
  readonly dynamic_key: string;
  /** the child run that the task run stands for */
  readonly child: FlowRunId | null;
  readonly name: string;
  readonly run_count: number;
  readonly flow_run_run_count: number;
  readonly state_type: CarriedStateType | null;
  readonly state_name: string | null;
  readonly start_time: Timestamp | null;
  readonly end_time: Timestamp | null;
}

/** A position in the tree: the last row that was returned for a run. The stack of positions leads from the root to that row. */
export interface Position {
  readonly run: FlowRunId;
  /** the keys of the last task run; null if only the row of the run itself was returned */
  readonly after: { readonly task_key: string; readonly dynamic_key: string; readonly id: string } | null;
  /** whether the task runs of this key were counted in one row */
  readonly folded: boolean;
}

export interface TreeSource {
  flowRun(id: FlowRunId, parent: FlowRunId | null): TreeFlowRun | undefined;
  /** the task runs of a run after a position, in order */
  taskRuns(id: FlowRunId, after: Position['after']): Iterable<WalkedTaskRun>;
  message(task: WalkedTaskRun): string | null;
}

export interface WalkedRow {
  readonly row: TreeRow;
  readonly stack: readonly Position[];
}

/**
 * Walks down the tree of a run, each run before its tasks and children. With the stack of a row, a later walk continues after that row.
 * @param resume the stack of the last row of an earlier walk; empty to begin at the root
 */
export function walkTree(source: TreeSource, id: FlowRunId, resume: readonly Position[] = []): Generator<WalkedRow> {
  return walkRun(source, { id, parent: null }, resume, []);
}

function* walkRun(
  source: TreeSource,
  { id, parent }: { readonly id: FlowRunId; readonly parent: FlowRunId | null },
  [resumed, ...deeper]: readonly Position[],
  above: readonly Position[],
): Generator<WalkedRow> {
  const run = source.flowRun(id, parent);
  if (!run) return;
  if (!resumed) yield { row: run, stack: [...above, { run: id, after: null, folded: false }] };
  const [next] = deeper;
  if (resumed && next) yield* walkRun(source, { id: next.run, parent: id }, deeper, [...above, resumed]);
  for (const { folded, after, row, child } of foldTaskRuns(source, run, resumed)) {
    const here = { run: id, after, folded };
    if (row) yield { row, stack: [...above, here] };
    else if (child) yield* walkRun(source, { id: child, parent: id }, [], [...above, here]);
  }
}

interface Folded {
  readonly after: NonNullable<Position['after']>;
  readonly folded: boolean;
  readonly row?: TreeRow;
  readonly child?: FlowRunId;
}

/**
 * Counts the task runs of a task in one row if there are several. Failed task runs get rows of their own too. Child runs aren't counted,
 * and are always separate.
 */
function* foldTaskRuns(source: TreeSource, run: TreeFlowRun, resumed: Position | undefined): Generator<Folded> {
  for (const tasks of byKey(currentOf(source.taskRuns(run.id, resumed?.after ?? null), run))) {
    const key = tasks[0]?.task_key ?? '';
    const own = tasks.filter(({ child }) => child === null);
    const isResumed = resumed?.after?.task_key === key;
    const folded = isResumed ? resumed.folded : own.length > 1;
    if (folded && !isResumed)
      yield {
        after: { task_key: key, dynamic_key: '', id: '' },
        folded,
        row: { kind: 'task-runs', flow_run_id: run.id, ...counted(key, own) },
      };
    for (const task of tasks) {
      const { id, task_key, dynamic_key, child, name, run_count, state_type, state_name, start_time, end_time } = task;
      const after = { task_key, dynamic_key, id };
      if (child !== null) yield { after, folded, child };
      else if (!folded || hasFailed(task)) {
        const facts = { id, flow_run_id: run.id, name, task_key, run_count, state_type, state_name, start_time, end_time };
        yield { after, folded, row: { kind: 'task-run', ...facts, message: source.message(task) } };
      }
    }
  }
}

/**
 * Leaves out task runs of earlier attempts. A task run that stands for a child run is never left out: its `flow_run_run_count` stays that
 * of the first attempt, or is 0.
 */
function* currentOf(tasks: Iterable<WalkedTaskRun>, { run_count: attempt }: TreeFlowRun): Generator<WalkedTaskRun> {
  for (const task of tasks) {
    const made = task.flow_run_run_count;
    if (task.child !== null || made === 0 || made >= attempt) yield task;
  }
}

function* byKey(tasks: Iterable<WalkedTaskRun>): Generator<WalkedTaskRun[]> {
  let same: WalkedTaskRun[] = [];
  for (const task of tasks) {
    if (same[0] && same[0].task_key !== task.task_key) {
      yield same;
      same = [];
    }
    same.push(task);
  }
  if (same.length > 0) yield same;
}

/** Whether a run failed or crashed. A cancelled run was stopped on purpose. */
export function hasFailed({ state_type }: { readonly state_type: CarriedStateType | null }): boolean {
  return state_type === 'FAILED' || state_type === 'CRASHED';
}

function counted(task_key: string, tasks: readonly WalkedTaskRun[]) {
  const counts: Record<string, number> = {};
  let start_time: Timestamp | null = null;
  let end_time: Timestamp | null = null;
  let isUnfinished = false;
  for (const task of tasks) {
    const type = task.state_type ?? 'PENDING';
    counts[type] = (counts[type] ?? 0) + 1;
    if (!isTerminal(type)) isUnfinished = true;
    if (task.start_time && (!start_time || task.start_time < start_time)) start_time = task.start_time;
    if (task.end_time && (!end_time || task.end_time > end_time)) end_time = task.end_time;
  }
  return { task_key, counts, start_time, end_time: isUnfinished ? null : end_time };
}
