import { DatabaseSync } from 'node:sqlite';

import { expect, it } from 'vitest';

import { selectHeld } from './runs/held-runs.ts';
import { type Clause, isOneOf } from './filter/clause.ts';
import { joinedClause } from './filter/reach.ts';
import { flowRunSort, logSort } from './filter/sort.ts';
import { migrate } from './database/migrate.ts';
import { selectFlowRuns } from './rows/flow-run.ts';

const connection = new DatabaseSync(':memory:');
migrate(connection, ':memory:');

/** SQLite's plan of a query, without the tables that are joined to each row. */
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

it('the runs of silent workers are found among the claimed runs', () => {
  expect(planOf(selectHeld)).toBe('SCAN r USING INDEX flow_runs_claimed');
});
