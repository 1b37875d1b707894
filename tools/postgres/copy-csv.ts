import { TributaryError } from '@tributary/contract/error';

import type { CopyOptions } from './copy-options.ts';
import type { CopyResult } from './load/load.ts';
import { loadSource } from './load-source.ts';
import { readCsvHeader } from './read/csv-header.ts';
import { matchHeader } from './read/match-header.ts';
import { openSource, type Source } from './read/open-source.ts';
import { refuseEndMarks } from './read/refuse-end-marks.ts';

/** A CSV file, and the table that it is loaded to. */
export interface CopyCsvOptions extends CopyOptions {
  /** the file in UTF-8: an answer of `fetch`, a stream, or chunks of bytes; it is read once, and closed in any case */
  readonly from: Source;
  /** whether the first record has the names of the columns; otherwise the columns are those declared, in that order @default true */
  readonly header?: boolean;
  /** a tab, or one printable character of ASCII @default ',' */
  readonly delimiter?: string;
}

/**
 * Loads a CSV file into a table of Postgres by COPY, in one transaction. The file streams through, so it may have any size. An empty value
 * without quotes is NULL. Views on the table stay, and show the new rows, unless the declared columns differ from the table's.
 * @returns how many rows were loaded
 * @throws `postgres` if the header or a row doesn't fit, with line and column; `bad_answer` if the file can't be read to its end; the status
 * as an error for an answer that isn't 2xx; `unreachable` or `unauthorized` without a connection. The table is then as it was.
 * @example
 * const from = await fetch('https://example.com/raw_orders.csv', { signal: run().signal });
 * const { rows } = await copyCsv({ connection, table: 'jaffle_shop.raw_orders', columns: { id: 'integer', order_date: 'date' }, from });
 */
export async function copyCsv(options: CopyCsvOptions): Promise<CopyResult> {
  const { header = true, delimiter = ',' } = options;
  return loadSource(options, ({ table, columns }) => {
    checkDelimiter(delimiter);
    const { chunks, close } = openSource(options.from);
    const declared = columns.map(({ name }) => name);
    const format = `FORMAT csv, HEADER ${header}, DELIMITER '${delimiter.replace("'", "''")}'`;
    return {
      async read() {
        const rows = header ? await readHeader(chunks, delimiter, table.text, declared) : { names: declared, chunks };
        return { names: rows.names, format, unit: 'line', chunks: refuseEndMarks(rows.chunks, table.text) };
      },
      close,
    };
  });
}

function checkDelimiter(delimiter: string): void {
  if (!/^[\t -~]$/.test(delimiter) || delimiter === '"')
    throw new TributaryError(
      'misuse',
      `The delimiter ${JSON.stringify(delimiter)} can't be used. Give a tab or one printable character of ASCII, but no quote.`,
    );
}

async function readHeader(
  chunks: AsyncGenerator<Uint8Array, void>,
  delimiter: string,
  table: string,
  declared: readonly string[],
): Promise<{ names: readonly string[]; chunks: AsyncIterable<Uint8Array> }> {
  const head = await readCsvHeader(chunks, delimiter);
  if (!head)
    throw new TributaryError(
      'postgres',
      `Nothing was loaded into ${table}: the file is empty, or its first line never ends. It must begin with a header.`,
      { facts: { table } },
    );
  return { names: matchHeader(head.names, declared, table), chunks: joined(head.begin, chunks) };
}

async function* joined(begin: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield begin;
  yield* rest;
}
