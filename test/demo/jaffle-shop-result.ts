import { TributaryError } from '@tributary/contract';
import { readTree } from '@tributary/contract/client/read-tree';
import { fromMillis } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { type Connection, query } from '@tributary/postgres';
import { z } from 'zod';

import { drawTree } from '../../tools/cli/flow-run/inspect/draw-tree.ts';
import { plain } from '../../tools/cli/print/paint.ts';
import type { DemoEngine } from './stage.ts';
import { say } from './say.ts';
import { connectTo } from './watch-run.ts';

/** The number of rows in each raw file. */
const expected = { raw_customers: 100, raw_orders: 99, raw_payments: 113 };

/** Shows the number of rows in each loaded table. @throws if a table has other numbers than its file */
export async function showCounts(connection: Connection): Promise<void> {
  const [counts] = await query({
    connection,
    sql: `SELECT (SELECT count(*)::int FROM jaffle_shop.raw_customers) AS raw_customers,
                 (SELECT count(*)::int FROM jaffle_shop.raw_orders) AS raw_orders,
                 (SELECT count(*)::int FROM jaffle_shop.raw_payments) AS raw_payments`,
    row: z.object({ raw_customers: z.int(), raw_orders: z.int(), raw_payments: z.int() }),
  });
  for (const name of ['raw_customers', 'raw_orders', 'raw_payments'] as const) {
    say(`jaffle_shop.${name.padEnd(13)}  ${String(counts?.[name]).padStart(3)} rows`);
    if (counts?.[name] !== expected[name])
      throw new TributaryError('internal', `jaffle_shop.${name} should have ${expected[name]} rows, as its file has.`);
  }
}

/** Shows how many models dbt built, and how many of its tests passed. @throws if nodes are missing */
export async function showDbt(engine: DemoEngine, runs: readonly FlowRun[]): Promise<void> {
  const { data: tasks } = await connectTo(engine).filterTaskRuns({
    body: { flow_runs: { id: { any_: runs.map(({ id }) => id) } }, task_runs: { state: { type: { any_: ['COMPLETED'] } } }, limit: 200 },
  });
  const named = (kind: string): string[] =>
    tasks.flatMap(({ name }) => (name.startsWith(`${kind} `) ? name.slice(kind.length + 1) : [])).toSorted();
  const [models, tests] = [named('model'), named('test')];
  say(`${models.length} models: ${models.join(', ')}\n${tests.length} tests passed`);
  if (models.length !== 5 || tests.length !== 20) throw new TributaryError('internal', 'dbt should have built 5 models and run 20 tests.');
}

/** Shows the pages that 03_dashboards wrote. @throws if one is missing */
export async function showDashboards(engine: DemoEngine, runs: readonly FlowRun[]): Promise<void> {
  const { data: artifacts } = await connectTo(engine).filterArtifacts({
    body: {
      artifacts: { flow_run_id: { any_: runs.map(({ id }) => id) }, key: { like_: 'dashboard' } },
      sort: 'CREATED_DESC',
      limit: 10,
      offset: 0,
    },
  });
  for (const key of ['customers-dashboard', 'sales-dashboard']) {
    const page = artifacts.find((artifact) => artifact.key === key);
    if (typeof page?.data !== 'string') throw new TributaryError('internal', `03_dashboards wrote no artifact "${key}".`);
    say(`${page.data}\n`);
  }
}

/** Shows the run, its children and their tasks; on a terminal, with a bar that shows when each of them ran. */
export async function showTree(engine: DemoEngine, run: FlowRun): Promise<void> {
  const rows = await readTree(connectTo(engine), run.id, engine.features);
  const { isTTY, columns } = process.stdout;
  say(drawTree(rows, { now: fromMillis(Date.now()), width: isTTY ? columns - 2 : null, paint: plain }));
}
