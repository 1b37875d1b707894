import { DatabaseSync } from 'node:sqlite';

import { expect, it } from 'vitest';

import { selectByIdPrefix } from './runs/find-flow-runs.ts';
import { selectHeld } from './runs/held-runs.ts';
import { selectTreeTaskRuns } from './runs/read-tree.ts';
import { type Clause, isOneOf } from './filter/clause.ts';
import { joinedClause } from './filter/reach.ts';
import { flowRunSort, logSort } from './filter/sort.ts';
import { migrate } from './database/migrate.ts';
import { selectHolders, selectParent, selectParents } from './waiting/read-holders.ts';
import { selectPool, selectQueue } from './waiting/read-places.ts';
import { selectWaiting } from './waiting/read-runs.ts';
import { selectFlowRuns } from './rows/flow-run.ts';

const connection = new DatabaseSync(':memory:');
migrate(connection, ':memory:');

/** SQLite's plan of a query, without the steps that look up joined rows in the tables `q`, `p` and `s`. */
function planOf(sql: string): string {
  const steps = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
  return steps
    .map(({ detail }) => String(detail))
    .filter((detail) => !/^(SEARCH [qps] )/.test(detail))
    .join('; ');
}
const where = ({ sql }: Clause | undefined = { sql: '1', values: [] }): string => `WHERE ${sql}`;

it('a page of a growing table is read by an index', () => {
  const id = 'x'.repeat(36);
  const logs = isOneOf('l.flow_run_id', { any_: [id] });
  expect(planOf(`SELECT * FROM logs l ${where(logs)} ORDER BY ${logSort.TIMESTAMP_ASC} LIMIT 200`)).toBe(
    'SEARCH l USING INDEX logs_by_flow_run (flow_run_id=?)',
  );
  expect(planOf(`${selectFlowRuns} ORDER BY ${flowRunSort.START_TIME_DESC} LIMIT 200`)).toMatch(/^SCAN r USING INDEX flow_runs_by_start;/);
  const byFlow = joinedClause('flow_runs', { flows: { name: { any_: ['export'] } } });
  expect(planOf(`${selectFlowRuns} ${where(byFlow)}`)).toContain('SEARCH r USING INDEX flow_runs_by_flow (flow_id=?)');
});

it('why a run waits is found by indexes, beside any number of runs that have ended', () => {
  const all = [
    selectWaiting,
    selectPool,
    selectQueue,
    selectParent,
    selectParents,
    ...(['pool', 'queue', 'limit'] as const).map((kind) => selectHolders(kind, '')),
  ];
  const tables = all.flatMap((sql) => planOf(sql).split('; ')).flatMap((step) => /^SCAN (\w+)/.exec(step)?.[1] ?? []);
  // Only these are scanned: the ids of the request, the parents of one run, and ten holders.
  expect(new Set(tables)).toEqual(new Set(['ids', 'up', 'h']));
  expect(planOf(selectHolders('queue', ''))).toContain('SEARCH r USING INDEX flow_runs_by_queue (work_queue_id=? AND state_type=?)');
});

it('the runs of silent workers are found among the claimed runs', () => {
  expect(planOf(selectHeld)).toBe('SCAN r USING INDEX flow_runs_claimed');
});

it("a run's task runs with their children, and a run by the beginning of its id, are found by indexes", () => {
  const tasks = planOf(selectTreeTaskRuns);
  expect(tasks).toContain('SEARCH t USING INDEX task_runs_by_key (flow_run_id=? AND (task_key,dynamic_key)>(?,?))');
  expect(tasks).toContain('SEARCH r USING INDEX flow_runs_by_parent (parent_task_run_id=?)');
  expect(planOf(selectByIdPrefix)).toBe('SEARCH r USING INDEX sqlite_autoindex_flow_runs_1 (id>? AND id<?)');
});
