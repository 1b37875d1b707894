import { readFileSync } from 'node:fs';

import { messageOf } from '@tributary/contract/error';
import { masked } from '@tributary/flow';

import type { Prepared } from '../prepare/prepare.ts';
import { jsonLog } from './decode-json-log.ts';
import type { FailedTest, FailingRows } from './failing-rows.ts';
import { failingRowsQuery, fitQuery, fitTable, readFailingRows } from './failing-rows.ts';
import type { NodeResult } from './ledger.ts';
import type { TaskOf } from './report.ts';
import { spawnDbt } from './spawn.ts';
import { stopDelaysFor } from './stop.ts';
import type { Surroundings } from './surroundings.ts';

const mostTests = 20;

/** Reads rows of failed tests with a second dbt, and stores them as artifacts of the tests' task runs, if the project's options ask for it. */
export async function keepFailingRows(
  failed: readonly NodeResult[],
  taskOf: TaskOf,
  prepared: Prepared,
  { run, log }: Surroundings,
): Promise<void> {
  const { failingRows } = prepared;
  const found = failed.flatMap(({ id, type, failures, compiledPath }) =>
    type === 'test' && (failures ?? 0) > 0 && compiledPath !== null ? [{ id, compiledPath }] : [],
  );
  if (!failingRows || found.length === 0) return;
  try {
    const tests = fitQuery(found.slice(0, mostTests).flatMap(readTest));
    if (tests.length < found.length) log('info', leftOut(found.length - tests.length));
    if (tests.length === 0) return;
    log('info', `reading failing rows of ${tests.length} ${tests.length === 1 ? 'test' : 'tests'}`);
    const args = [...failingRows.args, `--inline=${failingRowsQuery(tests, failingRows.limit)}`];
    for (const { id, rows } of await readRows(args, prepared, { run, log })) {
      const table = fitTable(rows, masked);
      const part = rows.length >= failingRows.limit || table.length < rows.length ? ` (the first ${table.length})` : '';
      await taskOf(id)?.artifact({ description: `Failing rows of ${id}${part}`, table });
    }
  } catch (error) {
    log('warning', `the failing rows were not stored: ${messageOf(error)}`);
  }
}

/** Reads the SQL of a test. SQL with a secret is left out, because other users of the machine see the arguments of a process. */
function readTest({ id, compiledPath }: { readonly id: string; readonly compiledPath: string }): FailedTest[] {
  const sql = readFileSync(compiledPath, 'utf8');
  return masked(sql) === sql ? [{ id, sql }] : [];
}

function leftOut(count: number): string {
  const tests = count === 1 ? '1 failed test' : `${count} failed tests`;
  return `the failing rows of ${tests} are left out: rows are read only for tests whose SQL is short and holds no secret, and for at most ${mostTests} of those`;
}

/** @returns the rows that dbt prints; dbt prints those of each test before it queries the next */
async function readRows(
  args: readonly string[],
  { executable, cwd, env, database }: Prepared,
  { run: { signal }, log }: Pick<Surroundings, 'run' | 'log'>,
): Promise<readonly FailingRows[]> {
  const found: FailingRows[] = [];
  const reasons: string[] = [];
  // Only the rows are read. The lines of dbt aren't logged, because they hold the rows too.
  const onLine = (line: string) => {
    for (const event of jsonLog.decode(line)) {
      const rows = event.kind === 'output' ? readFailingRows(event.text) : undefined;
      if (rows) found.push(rows);
      else if (event.kind === 'failed') reasons.push(event.message);
    }
  };
  const exit = await spawnDbt({ executable, args, cwd, env, signal, delays: stopDelaysFor(database.files.length > 0), onLine });
  if (exit.code !== 0)
    log('warning', `not all failing rows could be read: ${reasons.join('; ') || `dbt ended with ${exit.signal ?? exit.code}`}`);
  return found;
}
