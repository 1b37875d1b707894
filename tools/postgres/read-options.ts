import { TributaryError } from '@tributary/contract/error';
import { logger } from '@tributary/flow';

import { readConnection } from './connect/connection.ts';
import type { CopyOptions } from './copy-options.ts';
import type { Job } from './load/job.ts';
import { withSignalOfRun } from './signal-of-run.ts';
import { readColumns } from './table/columns.ts';
import { readTableName } from './table/table-name.ts';

const modes = ['replace', 'append', 'upsert'] as const;

/** Checks the options that all loads have. @throws `misuse` for a wrong one, before anything is read */
export function readOptions(options: CopyOptions): Omit<Job, 'rows'> {
  const { mode = 'replace', key = [], signal } = options;
  const table = readTableName(options.table);
  const columns = readColumns(options.columns);
  if (!modes.includes(mode)) throw new TributaryError('misuse', `Unknown mode "${mode}" for ${table.text}. Use ${modes.join(', ')}.`);
  const unknown = key.find((name) => !columns.some((column) => column.name === name));
  if (unknown !== undefined)
    throw new TributaryError('misuse', `The key of ${table.text} names "${unknown}", which isn't a declared column. Declare it.`);
  if ((mode === 'upsert') !== key.length > 0)
    throw new TributaryError(
      'misuse',
      `Mode "${mode}" for ${table.text} ${mode === 'upsert' ? 'needs a key: give { key: ["id"] }' : 'takes no key: leave it out, or use mode "upsert"'}.`,
    );
  return {
    connection: readConnection(options.connection),
    table,
    columns,
    mode,
    key,
    signal: withSignalOfRun(signal),
    warn: (message) => logger.warning(message),
  };
}
