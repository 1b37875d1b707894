import type { CallOptions, Client } from '../client.ts';
import type { FlowRun } from '../nouns/flow-run.ts';
import type { TaskRun } from '../nouns/task-run.ts';
import type { Routes } from '../routes.ts';
import { unlessMissing } from './refusal.ts';

export interface Ancestor {
  readonly run: FlowRun;
  /** the task run of this ancestor that stands for the run below it */
  readonly standIn: TaskRun;
}

/** Reads the parent of a run, the parent's parent, and so on. The list ends early if one of them was deleted. */
export async function readAncestors(
  client: Client<Pick<Routes, 'readTaskRun' | 'readFlowRun'>>,
  run: FlowRun,
  call: CallOptions = {},
): Promise<Ancestor[]> {
  const ancestors: Ancestor[] = [];
  for (let id = run.parent_task_run_id; id;) {
    const standIn = await unlessMissing(client.readTaskRun({ path: { id }, ...call }));
    const parent = standIn?.flow_run_id && (await unlessMissing(client.readFlowRun({ path: { id: standIn.flow_run_id }, ...call })));
    if (!standIn || !parent) return ancestors;
    ancestors.push({ run: parent, standIn });
    id = parent.parent_task_run_id;
  }
  return ancestors;
}
