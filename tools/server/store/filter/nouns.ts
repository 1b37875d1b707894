import type {
  artifactsQuery,
  deploymentFilter,
  flowFilter,
  flowRunFilter,
  logFilter,
  taskRunFilter,
  variablesQuery,
  workPoolFilter,
} from '@tributary/contract/nouns/filter';
import type { z } from 'zod';

import {
  type Clause,
  combine,
  contains,
  equals,
  exists,
  group,
  hasName,
  hasTags,
  isAtLeast,
  isAtMost,
  isMaybe,
  isNoneOf,
  isNull,
  isOneOf,
  isWithin,
  type Operator,
  startsWith,
  within,
} from './clause.ts';
import { logText } from './log-text.ts';

// Each noun's table has the same alias in all queries: flows f, deployments d, flow_runs r, task_runs t, work_pools p, work_queues q,
// logs l, artifacts a, variables v.

export function flowClause(filter: z.output<typeof flowFilter>): Clause {
  const without = filter.deployment?.is_null_;
  return combine(
    [
      isOneOf('f.id', filter.id),
      isNoneOf('f.id', filter.id),
      hasName('f.name', filter.name),
      hasTags('f.tags', filter.tags),
      exists('SELECT 1 FROM deployments o WHERE o.flow_id = f.id', typeof without === 'boolean' ? !without : undefined),
    ],
    filter.operator,
  );
}

const limitOf = '(SELECT c."limit" FROM concurrency_limits c WHERE c.id = d.concurrency_limit_id)';

export function deploymentClause(filter: z.output<typeof deploymentFilter>): Clause {
  const like = filter.flow_or_deployment_name?.like_;
  return combine(
    [
      isOneOf('d.id', filter.id),
      isNoneOf('d.id', filter.id),
      hasName('d.name', filter.name),
      like
        ? combine(
            [contains('d.name', like), within('d.flow_id IN (SELECT f.id FROM flows f WHERE %)', combine([contains('f.name', like)]))],
            'or_',
          )
        : undefined,
      equals('d.paused', filter.paused?.eq_),
      hasTags('d.tags', filter.tags),
      isOneOf('d.work_queue_name', filter.work_queue_name),
      group(
        [
          isAtLeast(limitOf, filter.concurrency_limit?.ge_),
          isAtMost(limitOf, filter.concurrency_limit?.le_),
          isNull(limitOf, filter.concurrency_limit),
        ],
        'and_',
      ),
    ],
    filter.operator,
  );
}

export function flowRunClause(filter: z.output<typeof flowRunFilter>): Clause {
  const state = filter.state;
  const parents = isOneOf('t.flow_run_id', filter.parent_flow_run_id);
  return combine(
    [
      isOneOf('r.id', filter.id),
      isNoneOf('r.id', filter.id),
      hasName('r.name', filter.name),
      hasTags('r.tags', filter.tags),
      isMaybe('r.deployment_id', filter.deployment_id),
      isMaybe('r.work_queue_name', filter.work_queue_name),
      state
        ? group(
            [
              isOneOf('r.state_type', state.type),
              isNoneOf('r.state_type', state.type),
              isOneOf('r.state_name', state.name),
              isNoneOf('r.state_name', state.name),
            ],
            state.operator,
          )
        : undefined,
      // A run that hasn't begun is found by its expected start.
      isWithin('coalesce(r.start_time, r.expected_start_time)', filter.start_time && { ...filter.start_time, is_null_: null }),
      isNull('r.start_time', filter.start_time),
      isWithin('r.end_time', filter.end_time),
      isWithin('r.expected_start_time', filter.expected_start_time),
      isWithin('r.next_scheduled_start_time', filter.next_scheduled_start_time),
      parents ? within('r.parent_task_run_id IN (SELECT t.id FROM task_runs t WHERE %)', parents) : undefined,
      isMaybe('r.parent_task_run_id', filter.parent_task_run_id),
      isOneOf('r.idempotency_key', filter.idempotency_key),
      isNoneOf('r.idempotency_key', filter.idempotency_key),
      isOneOf('r.flow_version', filter.flow_version),
      filter.created_by
        ? group(
            [
              isOneOf("json_extract(r.created_by, '$.id')", { any_: filter.created_by.id_ }),
              isOneOf("json_extract(r.created_by, '$.type')", { any_: filter.created_by.type_ }),
              isNull('r.created_by', filter.created_by),
            ],
            filter.created_by.operator,
          )
        : undefined,
    ],
    filter.operator,
  );
}

export function taskRunClause(filter: z.output<typeof taskRunFilter>): Clause {
  const state = filter.state;
  return combine(
    [
      isOneOf('t.id', filter.id),
      hasName('t.name', filter.name),
      hasTags('t.tags', filter.tags),
      state ? group([isOneOf('t.state_type', state.type), isOneOf('t.state_name', state.name)], state.operator) : undefined,
      isWithin('t.start_time', filter.start_time),
      isWithin('t.end_time', filter.end_time),
      isWithin('t.expected_start_time', filter.expected_start_time),
      isMaybe('t.flow_run_id', filter.flow_run_id),
      exists('SELECT 1 FROM flow_runs c WHERE c.parent_task_run_id = t.id', filter.subflow_runs?.exists_),
    ],
    filter.operator,
  );
}

export function workPoolClause(filter: z.output<typeof workPoolFilter>): Clause {
  return combine([isOneOf('p.id', filter.id), isOneOf('p.name', filter.name), isOneOf('p.type', filter.type)], filter.operator);
}

export function workQueueClause(filter: {
  readonly operator?: Operator;
  readonly id?: Parameters<typeof isOneOf>[1];
  readonly name?: Parameters<typeof isOneOf>[1] & Parameters<typeof startsWith>[1];
}): Clause {
  return combine([isOneOf('q.id', filter.id), isOneOf('q.name', filter.name), startsWith('q.name', filter.name)], filter.operator);
}

export function logClause(filter: z.output<typeof logFilter>): Clause {
  return combine(
    [
      isAtLeast('l.level', filter.level?.ge_),
      isAtMost('l.level', filter.level?.le_),
      isWithin('l.timestamp', filter.timestamp),
      isOneOf('l.flow_run_id', filter.flow_run_id),
      isMaybe('l.task_run_id', filter.task_run_id),
      filter.text ? logText(filter.text.query) : undefined,
    ],
    filter.operator,
  );
}

export function artifactClause(filter: NonNullable<z.output<typeof artifactsQuery>['artifacts']>): Clause {
  return combine(
    [
      isOneOf('a.id', filter.id),
      hasName('a.key', filter.key),
      typeof filter.key?.exists_ === 'boolean' ? { sql: `a.key IS ${filter.key.exists_ ? 'NOT ' : ''}NULL`, values: [] } : undefined,
      isOneOf('a.type', filter.type),
      isNoneOf('a.type', filter.type),
      isOneOf('a.flow_run_id', filter.flow_run_id),
      isOneOf('a.task_run_id', filter.task_run_id),
    ],
    filter.operator,
  );
}

export function variableClause(filter: NonNullable<z.output<typeof variablesQuery>['variables']>): Clause {
  return combine([isOneOf('v.id', filter.id), hasName('v.name', filter.name), hasTags('v.tags', filter.tags)], filter.operator);
}
