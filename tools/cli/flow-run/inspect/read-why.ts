import type { FlowRunId } from '@tributary/contract/id';
import type { TreeFlowRun, TreeTaskRun } from '@tributary/contract/nouns/flow-run-tree';
import { type Log, logLevels } from '@tributary/contract/nouns/log';

import type { ApiClient } from '../../engine/open.ts';

/** How many error lines of a log are shown. */
const mostLines = 5;
/** How the description of an artifact with a dbt node's SQL begins. */
const sqlDescription = 'Compiled SQL';

export interface Why {
  readonly message: string | null;
  /** the last error lines in the log of the flow run in which the failure began, the oldest first */
  readonly logs: readonly Log[];
  /** the SQL of the dbt node that failed */
  readonly compiled_sql: string | null;
}

/** Reads why a run or task failed. @param flowRun the flow run in which the failure began */
export async function readWhy(client: ApiClient, failed: TreeFlowRun | TreeTaskRun, flowRun: FlowRunId): Promise<Why> {
  const [{ data: latest }, compiled_sql] = await Promise.all([
    client.filterLogs({
      body: { logs: { flow_run_id: { any_: [flowRun] }, level: { ge_: logLevels.error } }, sort: 'TIMESTAMP_DESC', limit: mostLines },
    }),
    failed.kind === 'task-run' ? readSql(client, failed) : null,
  ]);
  return { message: failed.message, logs: latest.toReversed(), compiled_sql };
}

async function readSql(client: ApiClient, { id, flow_run_id: flowRun }: TreeTaskRun): Promise<string | null> {
  const { data: found } = await client.filterArtifacts({
    body: {
      artifacts: { flow_run_id: { any_: [flowRun] }, task_run_id: { any_: [id] }, type: { any_: ['markdown'] } },
      sort: 'CREATED_DESC',
    },
  });
  const sql = found.find(({ description }) => description?.startsWith(sqlDescription))?.data;
  return typeof sql === 'string' ? withoutFence(sql) : null;
}

/** Takes the SQL out of a block of Markdown. */
function withoutFence(text: string): string {
  return /^(`{3,})\w*\n([\s\S]*?)\n?\1$/.exec(text.trim())?.[2] ?? text.trim();
}
