import { z } from 'zod';

import { deploymentId, flowRunId, taskRunId } from '../id.ts';
import { timestamp } from '../time.ts';
import { answerNouns } from './registries.ts';
import { carriedStateType } from './state.ts';

const times = { start_time: timestamp.nullable(), end_time: timestamp.nullable() };
const state = { state_type: carriedStateType.nullable(), state_name: z.string().nullable(), message: z.string().nullable() };

/** A flow run in a tree: the root, or a descendant below the flow run that created it. */
export const treeFlowRun = z.object({
  kind: z.literal('flow-run'),
  id: flowRunId,
  /** null for the root of the tree */
  parent_flow_run_id: flowRunId.nullable(),
  parent_task_run_id: taskRunId.nullable(),
  name: z.string(),
  flow_name: z.string().nullable(),
  deployment_id: deploymentId.nullable(),
  /** null for a run without a deployment, and if the deployment was deleted */
  deployment_name: z.string().nullable(),
  run_count: z.int(),
  /** seconds in which the run was RUNNING, in all attempts that have ended */
  total_run_time: z.number(),
  expected_start_time: timestamp.nullable(),
  ...state,
  ...times,
});
export type TreeFlowRun = z.output<typeof treeFlowRun>;

/** A task run in a tree. */
export const treeTaskRun = z.object({
  kind: z.literal('task-run'),
  id: taskRunId,
  flow_run_id: flowRunId,
  name: z.string(),
  task_key: z.string(),
  run_count: z.int(),
  ...state,
  ...times,
});
export type TreeTaskRun = z.output<typeof treeTaskRun>;

/** Several task runs of one task, counted by the type of their state. Those that failed or crashed follow as rows of their own. */
export const treeTaskRuns = z.object({
  kind: z.literal('task-runs'),
  flow_run_id: flowRunId,
  task_key: z.string(),
  counts: z.record(z.string(), z.int()),
  /** the first start and the last end; the end is null while a task run hasn't ended */
  ...times,
});
export type TreeTaskRuns = z.output<typeof treeTaskRuns>;

export const treeRow = z.discriminatedUnion('kind', [treeFlowRun, treeTaskRun, treeTaskRuns]);
export type TreeRow = z.output<typeof treeRow>;

/**
 * A page of a run's tree: the run and its descendants, each with its tasks. A run comes before everything below it. Task runs of earlier
 * attempts are left out. A child run replaces the task run that stands for it.
 */
export const flowRunTree = z.object({ rows: z.array(treeRow), /** null on the last page */ cursor: z.string().nullable() });
answerNouns.add(flowRunTree, { id: 'FlowRunTree' });
