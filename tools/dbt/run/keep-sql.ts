import { readFileSync } from 'node:fs';

import { messageOf } from '@tributary/contract/error';
import { masked, type ObservedTask } from '@tributary/flow';

import type { LogSink } from './event.ts';
import type { NodeResult } from './ledger.ts';
import { sqlBlock } from './sql-block.ts';

const mostNodes = 20;

/**
 * Stores the compiled SQL of failed nodes as artifacts of their task runs, because the file is on the worker's disk only.
 * @returns the ids of the nodes whose SQL is stored
 */
export async function keepSql(
  failed: readonly Pick<NodeResult, 'id' | 'compiledPath'>[],
  taskOf: (id: string) => Pick<ObservedTask, 'artifact'> | undefined,
  log: LogSink,
): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  const compiled = failed.flatMap(({ id, compiledPath }) => (compiledPath === null ? [] : [{ id, compiledPath }]));
  try {
    for (const { id, compiledPath } of compiled.slice(0, mostNodes)) {
      const markdown = sqlBlock(masked(readFileSync(compiledPath, 'utf8')));
      if (await taskOf(id)?.artifact({ description: `Compiled SQL of ${id}`, markdown })) kept.add(id);
    }
  } catch (error) {
    log('warning', `the compiled SQL of failed nodes was not stored: ${messageOf(error)}`);
  }
  if (compiled.length > mostNodes)
    log(
      'info',
      `the compiled SQL of ${mostNodes} failed nodes is stored, and that of ${compiled.length - mostNodes} more is left out: see compiled/ in dbt's target folder`,
    );
  return kept;
}
