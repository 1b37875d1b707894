import { z } from 'zod';

import { deploymentId, flowId, flowRunId, taskRunId } from '../id.ts';
import { timestamp } from '../time.ts';
import { bodyNouns } from './registries.ts';
import { stateType } from './state.ts';

/** The most rows that one answer can have, which is also the default limit. */
export const maximumPage = 200;
const page = { limit: z.int().min(0).max(maximumPage).default(maximumPage), offset: z.int().min(0).default(0) };

const operator = z.enum(['and_', 'or_']).nullish();
const anyOf = <Item extends z.ZodType>(item: Item) => z.strictObject({ any_: z.array(item).nullish() });
const noneOf = <Item extends z.ZodType>(item: Item) => z.strictObject({ any_: z.array(item).nullish(), not_any_: z.array(item).nullish() });
const name = z.strictObject({ any_: z.array(z.string()).nullish(), like_: z.string().nullish() });
const allTags = z.strictObject({ operator, all_: z.array(z.string()).nullish(), is_null_: z.boolean().nullish() });
const tags = allTags.extend({ any_: z.array(z.string()).nullish() });
const maybe = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ operator, any_: z.array(item).nullish(), is_null_: z.boolean().nullish() });
const span = z.strictObject({ before_: timestamp.nullish(), after_: timestamp.nullish() });
const when = span.extend({ is_null_: z.boolean().nullish() });

export const flowFilter = z.strictObject({
  operator,
  id: noneOf(flowId).nullish(),
  name: name.nullish(),
  tags: allTags.nullish(),
  /** `is_null_` finds flows without a deployment */
  deployment: z.strictObject({ operator, is_null_: z.boolean().nullish() }).nullish(),
});
bodyNouns.add(flowFilter, { id: 'FlowFilter' });

export const deploymentFilter = z.strictObject({
  operator,
  id: noneOf(deploymentId).nullish(),
  name: name.nullish(),
  flow_or_deployment_name: z.strictObject({ like_: z.string().nullish() }).nullish(),
  paused: z.strictObject({ eq_: z.boolean().nullish() }).nullish(),
  tags: tags.nullish(),
  work_queue_name: anyOf(z.string()).nullish(),
  concurrency_limit: z.strictObject({ ge_: z.int().nullish(), le_: z.int().nullish(), is_null_: z.boolean().nullish() }).nullish(),
});
bodyNouns.add(deploymentFilter, { id: 'DeploymentFilter' });

export const flowRunFilter = z.strictObject({
  operator,
  id: noneOf(flowRunId).nullish(),
  name: name.nullish(),
  tags: tags.nullish(),
  deployment_id: maybe(deploymentId).nullish(),
  work_queue_name: maybe(z.string()).nullish(),
  state: z
    .strictObject({
      operator,
      type: noneOf(stateType).nullish(),
      name: noneOf(z.string()).nullish(),
    })
    .nullish(),
  start_time: when.nullish(),
  end_time: when.nullish(),
  expected_start_time: span.nullish(),
  next_scheduled_start_time: span.nullish(),
  flow_version: anyOf(z.string()).nullish(),
  parent_flow_run_id: anyOf(flowRunId).extend({ operator }).nullish(),
  parent_task_run_id: maybe(taskRunId).nullish(),
  idempotency_key: noneOf(z.string()).nullish(),
  created_by: z
    .strictObject({ operator, id_: z.array(z.guid()).nullish(), type_: z.array(z.string()).nullish(), is_null_: z.boolean().nullish() })
    .nullish(),
});
bodyNouns.add(flowRunFilter, { id: 'FlowRunFilter' });

export const taskRunFilter = z.strictObject({
  operator,
  id: anyOf(taskRunId).nullish(),
  name: name.nullish(),
  tags: allTags.nullish(),
  state: z.strictObject({ operator, type: anyOf(stateType).nullish(), name: anyOf(z.string()).nullish() }).nullish(),
  start_time: when.nullish(),
  end_time: when.nullish(),
  expected_start_time: span.nullish(),
  flow_run_id: maybe(flowRunId).nullish(),
  subflow_runs: z.strictObject({ exists_: z.boolean().nullish() }).nullish(),
});
bodyNouns.add(taskRunFilter, { id: 'TaskRunFilter' });

export const workPoolFilter = z.strictObject({
  operator,
  id: anyOf(z.guid()).nullish(),
  name: z.strictObject({ any_: z.array(z.string()).nullish() }).nullish(),
  type: anyOf(z.string()).nullish(),
});
bodyNouns.add(workPoolFilter, { id: 'WorkPoolFilter' });

export const logFilter = z.strictObject({
  operator,
  level: z.strictObject({ ge_: z.int().nullish(), le_: z.int().nullish() }).nullish(),
  timestamp: span.nullish(),
  flow_run_id: anyOf(flowRunId).nullish(),
  task_run_id: maybe(taskRunId).nullish(),
  text: z.strictObject({ query: z.string().max(200) }).nullish(),
});
bodyNouns.add(logFilter, { id: 'LogFilter' });

/** Filters by related nouns, such as flows by their runs. */
const joined = {
  flows: flowFilter.nullish(),
  flow_runs: flowRunFilter.nullish(),
  task_runs: taskRunFilter.nullish(),
  deployments: deploymentFilter.nullish(),
  work_pools: workPoolFilter.nullish(),
  work_pool_queues: z.strictObject({ operator, id: anyOf(z.guid()).nullish(), name: anyOf(z.string()).nullish() }).nullish(),
};

export const flowsQuery = z.object({
  ...joined,
  ...page,
  sort: z.enum(['CREATED_DESC', 'UPDATED_DESC', 'NAME_ASC', 'NAME_DESC']).default('NAME_ASC'),
});
export const deploymentsQuery = z.object({
  ...joined,
  ...page,
  sort: z
    .enum(['CREATED_DESC', 'UPDATED_DESC', 'NAME_ASC', 'NAME_DESC', 'CONCURRENCY_LIMIT_ASC', 'CONCURRENCY_LIMIT_DESC'])
    .default('NAME_ASC'),
});
/** The page of a list, counted from 1. */
const pageNumber = { page: z.int().min(1).default(1) };
export const deploymentsPageQuery = deploymentsQuery.omit({ offset: true }).extend(pageNumber);

export const flowRunsQuery = z.object({
  ...joined,
  ...page,
  sort: z
    .enum([
      'ID_DESC',
      'START_TIME_ASC',
      'START_TIME_DESC',
      'EXPECTED_START_TIME_ASC',
      'EXPECTED_START_TIME_DESC',
      'NAME_ASC',
      'NAME_DESC',
      'NEXT_SCHEDULED_START_TIME_ASC',
      'END_TIME_DESC',
    ])
    .default('ID_DESC'),
});
export const taskRunsQuery = z.object({
  ...joined,
  ...page,
  sort: z
    .enum([
      'ID_DESC',
      'EXPECTED_START_TIME_ASC',
      'EXPECTED_START_TIME_DESC',
      'NAME_ASC',
      'NAME_DESC',
      'NEXT_SCHEDULED_START_TIME_ASC',
      'END_TIME_DESC',
    ])
    .default('ID_DESC'),
});
export const flowRunsPageQuery = flowRunsQuery.omit({ offset: true }).extend(pageNumber);
export const taskRunsPageQuery = taskRunsQuery.omit({ offset: true }).extend(pageNumber);

export const logsQuery = z.object({
  logs: logFilter.nullish(),
  ...page,
  sort: z.enum(['TIMESTAMP_ASC', 'TIMESTAMP_DESC']).default('TIMESTAMP_ASC'),
});
export const workPoolsQuery = z.object({ work_pools: workPoolFilter.nullish(), ...page });
export const workPoolsCountQuery = workPoolsQuery.pick({ work_pools: true });
export const workersQuery = z.object({
  workers: z
    .strictObject({ operator, last_heartbeat_time: span.nullish(), status: noneOf(z.enum(['ONLINE', 'OFFLINE'])).nullish() })
    .nullish(),
  ...page,
});
export const workQueuesQuery = z.object({
  work_queues: z
    .strictObject({
      operator,
      id: anyOf(z.guid()).nullish(),
      name: z.strictObject({ any_: z.array(z.string()).nullish(), startswith_: z.array(z.string()).nullish() }).nullish(),
    })
    .nullish(),
  ...page,
});
export const variablesQuery = z.object({
  variables: z.strictObject({ operator, id: anyOf(z.guid()).nullish(), name: name.nullish(), tags: allTags.nullish() }).nullish(),
  ...page,
  sort: z.enum(['CREATED_DESC', 'UPDATED_DESC', 'NAME_ASC', 'NAME_DESC']).default('NAME_ASC'),
});
export const variablesCountQuery = variablesQuery.pick({ variables: true });
export const artifactsQuery = z.object({
  ...joined,
  artifacts: z
    .strictObject({
      operator,
      key: z.strictObject({ any_: z.array(z.string()).nullish(), like_: z.string().nullish(), exists_: z.boolean().nullish() }).nullish(),
      type: noneOf(z.string()).nullish(),
      flow_run_id: anyOf(flowRunId).nullish(),
      task_run_id: anyOf(taskRunId).nullish(),
      id: anyOf(z.guid()).nullish(),
    })
    .nullish(),
  ...page,
  sort: z.enum(['CREATED_DESC', 'UPDATED_DESC', 'ID_DESC', 'KEY_DESC', 'KEY_ASC']).default('ID_DESC'),
});
export const blockDocumentsQuery = z.object({
  block_documents: z
    .strictObject({
      operator,
      id: anyOf(z.guid()).nullish(),
      name: name.nullish(),
      block_type_id: anyOf(z.guid()).nullish(),
      is_anonymous: z.strictObject({ eq_: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
  block_types: z.strictObject({ operator, slug: anyOf(z.string()).nullish(), name: name.nullish() }).nullish(),
  include_secrets: z.boolean().default(false),
  ...page,
});

export const concurrencyLimitsQuery = z.object({ ...page });

/** Queries of `…/count`: filters on nouns, without sorting and pages. */
export const artifactsCountQuery = artifactsQuery.pick({ artifacts: true }).extend(joined);

export const countQuery = z.object({ ...joined });
