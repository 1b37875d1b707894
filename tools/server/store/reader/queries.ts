import type {
  artifactsCountQuery,
  artifactsQuery,
  concurrencyLimitsQuery,
  countQuery,
  deploymentsPageQuery,
  deploymentsQuery,
  flowRunsPageQuery,
  flowRunsQuery,
  flowsQuery,
  logsQuery,
  taskRunsPageQuery,
  taskRunsQuery,
  variablesCountQuery,
  variablesQuery,
  workPoolsCountQuery,
  workPoolsQuery,
} from '@tributary/contract/nouns/filter';
import type { z } from 'zod';

import type { FlowRunId } from '@tributary/contract';
import type { Timestamp } from '@tributary/contract/moment';
import type { Database, Row } from '../database/database.ts';
import { type Clause, combine } from '../filter/clause.ts';
import { artifactClause, logClause, variableClause, workPoolClause } from '../filter/nouns.ts';
import { joinedClause } from '../filter/reach.ts';
import { artifactSort, deploymentSort, flowRunSort, flowSort, logSort, taskRunSort, variableSort } from '../filter/sort.ts';
import { readDeployments } from '../deployments/read-deployments.ts';
import { readGraph } from '../runs/read-graph.ts';
import { readTree, type TreeCursor } from '../runs/read-tree.ts';
import { writeTime } from '../rows/json.ts';
import { readWaiting, type WaitingQuery } from '../waiting/read-waiting.ts';
import { type ArtifactRow, artifactOf } from '../rows/artifact.ts';
import { type ConcurrencyLimitRow, concurrencyLimitOf, selectConcurrencyLimits } from '../rows/concurrency-limit.ts';
import { type FlowRow, flowOf } from '../rows/flow.ts';
import { type FlowRunRow, flowRunOf, selectFlowRuns } from '../rows/flow-run.ts';
import { type LogRow, logOf } from '../rows/log.ts';
import { selectTaskRuns, type TaskRunRow, taskRunOf } from '../rows/task-run.ts';
import { type VariableRow, variableOf } from '../rows/variable.ts';
import { selectWorkPools, type WorkPoolRow, workPoolOf } from '../rows/work-pool.ts';

type Body<Schema extends z.ZodType> = z.output<Schema>;

interface Page {
  readonly limit: number;
  readonly offset: number;
}

function page<R extends Row>(database: Database, select: string, clause: Clause, order: string, { limit, offset }: Page): R[] {
  return database.all<R>(`${select} WHERE ${clause.sql} ORDER BY ${order} LIMIT ? OFFSET ?`, ...clause.values, limit, offset);
}

function count(database: Database, from: string, clause: Clause): number {
  return database.get<{ number: number }>(`SELECT count(*) AS number FROM ${from} WHERE ${clause.sql}`, ...clause.values)?.number ?? 0;
}

function offsetOf({ limit, page: number }: { readonly limit: number; readonly page: number }): Page {
  return { limit, offset: (number - 1) * limit };
}

/** A numbered page of a list. `total` is the number of items on all pages. */
function pageOf<Item>(results: Item[], total: number, { limit, page: number }: { readonly limit: number; readonly page: number }) {
  return { results, count: total, limit, pages: limit === 0 ? 0 : Math.ceil(total / limit), page: number };
}

/**
 * The queries of lists. Most have the name of their route. They run in the reader's thread, on a read-only connection. `now` is in integer
 * microseconds.
 */
export const queries = {
  filterFlows: (database: Database, body: Body<typeof flowsQuery>) =>
    page<FlowRow>(database, 'SELECT * FROM flows f', joinedClause('flows', body), flowSort[body.sort], body).map(flowOf),
  countFlows: (database: Database, body: Body<typeof countQuery>) => count(database, 'flows f', joinedClause('flows', body)),
  filterDeployments: (database: Database, body: Body<typeof deploymentsQuery>, now: number) =>
    readDeployments(database, joinedClause('deployments', body), deploymentSort[body.sort], body, now),
  countDeployments: (database: Database, body: Body<typeof countQuery>) =>
    count(database, 'deployments d', joinedClause('deployments', body)),
  filterFlowRuns: (database: Database, body: Body<typeof flowRunsQuery>, now: number) =>
    page<FlowRunRow>(database, selectFlowRuns, joinedClause('flow_runs', body), flowRunSort[body.sort], body).map((row) =>
      flowRunOf(row, now),
    ),
  countFlowRuns: (database: Database, body: Body<typeof countQuery>) => count(database, 'flow_runs r', joinedClause('flow_runs', body)),
  filterTaskRuns: (database: Database, body: Body<typeof taskRunsQuery>, now: number) =>
    page<TaskRunRow>(database, selectTaskRuns, joinedClause('task_runs', body), taskRunSort[body.sort], body).map((row) =>
      taskRunOf(row, now),
    ),
  countTaskRuns: (database: Database, body: Body<typeof countQuery>) => count(database, 'task_runs t', joinedClause('task_runs', body)),
  filterLogs: (database: Database, body: Body<typeof logsQuery>) =>
    page<LogRow>(database, 'SELECT * FROM logs l', body.logs ? logClause(body.logs) : combine([]), logSort[body.sort], body).map(logOf),
  countArtifacts: (database: Database, body: Body<typeof artifactsCountQuery>) =>
    count(database, 'artifacts a', combine([joinedClause('artifacts', body), body.artifacts ? artifactClause(body.artifacts) : undefined])),
  filterArtifacts: (database: Database, body: Body<typeof artifactsQuery>) =>
    page<ArtifactRow>(
      database,
      'SELECT * FROM artifacts a',
      combine([joinedClause('artifacts', body), body.artifacts ? artifactClause(body.artifacts) : undefined]),
      artifactSort[body.sort],
      body,
    ).map(artifactOf),
  filterVariables: (database: Database, body: Body<typeof variablesQuery>) =>
    page<VariableRow>(
      database,
      'SELECT * FROM variables v',
      body.variables ? variableClause(body.variables) : combine([]),
      variableSort[body.sort],
      body,
    ).map(variableOf),
  /** Runs in the reader's thread, because the document's large library is unloaded when the thread ends. */
  openApiDocument: async (_database: Database, { version }: { readonly version: string }) => {
    const { openApiDocument } = await import('@tributary/contract/openapi');
    return openApiDocument(version);
  },
  flowRunGraph: (database: Database, { id, since }: { readonly id: FlowRunId; readonly since: Timestamp | null }) =>
    readGraph(database, id, writeTime(since)),
  explainWaits: (database: Database, query: WaitingQuery, now: number) => readWaiting(database, query, now),
  flowRunTree: (database: Database, { id, resume }: { readonly id: FlowRunId; readonly resume: TreeCursor }) =>
    readTree(database, id, resume),
  paginateFlowRuns: (database: Database, body: Body<typeof flowRunsPageQuery>, now: number) => {
    const clause = joinedClause('flow_runs', body);
    const rows = page<FlowRunRow>(database, selectFlowRuns, clause, flowRunSort[body.sort], offsetOf(body));
    return pageOf(
      rows.map((row) => flowRunOf(row, now)),
      count(database, 'flow_runs r', clause),
      body,
    );
  },
  paginateTaskRuns: (database: Database, body: Body<typeof taskRunsPageQuery>, now: number) => {
    const clause = joinedClause('task_runs', body);
    const rows = page<TaskRunRow>(database, selectTaskRuns, clause, taskRunSort[body.sort], offsetOf(body));
    return pageOf(
      rows.map((row) => taskRunOf(row, now)),
      count(database, 'task_runs t', clause),
      body,
    );
  },
  paginateDeployments: (database: Database, body: Body<typeof deploymentsPageQuery>, now: number) => {
    const clause = joinedClause('deployments', body);
    const results = readDeployments(database, clause, deploymentSort[body.sort], offsetOf(body), now);
    return pageOf(results, count(database, 'deployments d', clause), body);
  },
  filterConcurrencyLimits: (database: Database, body: Body<typeof concurrencyLimitsQuery>, now: number) =>
    database
      .all<ConcurrencyLimitRow>(`${selectConcurrencyLimits} ORDER BY l.name LIMIT ? OFFSET ?`, now, body.limit, body.offset)
      .map(concurrencyLimitOf),
  countVariables: (database: Database, { variables }: Body<typeof variablesCountQuery>) =>
    count(database, 'variables v', variables ? variableClause(variables) : combine([])),
  countWorkPools: (database: Database, { work_pools: pools }: Body<typeof workPoolsCountQuery>) =>
    count(database, 'work_pools p', pools ? workPoolClause(pools) : combine([])),
  filterWorkPools: (database: Database, body: Body<typeof workPoolsQuery>, now: number) =>
    page<WorkPoolRow>(database, selectWorkPools, body.work_pools ? workPoolClause(body.work_pools) : combine([]), 'p.name', body).map(
      (row) => workPoolOf(row, now),
    ),
};

export type Queries = typeof queries;
export type QueryName = keyof Queries;

export function isQueryName(name: string): name is QueryName {
  return Object.hasOwn(queries, name);
}
