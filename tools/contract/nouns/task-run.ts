import { z } from 'zod';

import { flowRunId, taskRunId } from '../id.ts';
import { timestamp } from '../time.ts';
import { labels } from './label.ts';
import { answerNouns, bodyNouns } from './registries.ts';
import { runBooks } from './run-books.ts';
import { stateProposal } from './state.ts';

/** The source of a task's argument. `task_run` inputs are the edges of the run's graph. */
export const taskRunInput = z.union([
  z.object({ input_type: z.literal('task_run'), id: taskRunId }),
  z.object({ input_type: z.literal('flow_run'), id: flowRunId }),
  z.object({ input_type: z.literal('parameter'), name: z.string() }),
  z.object({ input_type: z.literal('constant'), type: z.string() }),
]);
export type TaskRunInput = z.output<typeof taskRunInput>;

/** Inputs by argument name. `wait_for` and `__parents__` (nesting) are the protocol's own names. */
export const taskRunInputs = z.record(z.string(), z.array(taskRunInput));
export type TaskRunInputs = z.output<typeof taskRunInputs>;

export const taskRunPolicy = z.looseObject({
  max_retries: z.int().nullish(),
  retry_delay_seconds: z.number().nullish(),
  retries: z.int().nullish(),
  /** in seconds: one delay for all retries, or a list with a delay for each */
  retry_delay: z.union([z.number(), z.array(z.number())]).nullish(),
  retry_jitter_factor: z.number().nullish(),
});

/** Creates a task run by REST. Idempotent on (flow_run_id, task_key, dynamic_key). */
export const taskRunCreate = z.strictObject({
  id: taskRunId.nullish(),
  name: z.string().nullish(),
  flow_run_id: flowRunId.nullish(),
  task_key: z.string(),
  dynamic_key: z.string(),
  cache_key: z.string().nullish(),
  cache_expiration: timestamp.nullish(),
  task_version: z.string().nullish(),
  empirical_policy: taskRunPolicy.nullish(),
  tags: z.array(z.string()).nullish(),
  labels: labels.nullish(),
  task_inputs: taskRunInputs.nullish(),
  state: stateProposal.nullish(),
});
bodyNouns.add(taskRunCreate, { id: 'TaskRunCreate' });
export type TaskRunCreate = z.output<typeof taskRunCreate>;

export const taskRunUpdate = z.strictObject({ name: z.string().nullish() });

export const taskRun = z.object({
  id: taskRunId,
  created: timestamp,
  updated: timestamp,
  name: z.string(),
  flow_run_id: flowRunId.nullish(),
  task_key: z.string(),
  dynamic_key: z.string(),
  cache_key: z.string().nullish(),
  cache_expiration: timestamp.nullish(),
  task_version: z.string().nullish(),
  empirical_policy: taskRunPolicy.nullish(),
  tags: z.array(z.string()),
  labels: labels.nullish(),
  ...runBooks,
  task_inputs: taskRunInputs,
  flow_run_run_count: z.int(),
});
answerNouns.add(taskRun, { id: 'TaskRun' });
export type TaskRun = z.output<typeof taskRun>;

/** A task run in a page: a Prefect server leaves out the keys that its UI doesn't show. */
export const pagedTaskRun = taskRun.partial({ dynamic_key: true, run_count: true, flow_run_run_count: true });
