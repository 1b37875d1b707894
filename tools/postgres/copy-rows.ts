import type { CopyOptions } from './copy-options.ts';
import type { CopyResult } from './load/load.ts';
import { loadObjects } from './load-objects.ts';
import { interruptible } from './read/interruptible.ts';

/** Rows, and the table that they are loaded to. */
export interface CopyRowsOptions extends CopyOptions {
  /** objects with the columns as fields: an array, or a generator that fetches page after page */
  readonly rows: Iterable<object> | AsyncIterable<object>;
}

/**
 * Loads objects into a table of Postgres by COPY, in one transaction. A field that a row lacks is NULL, and fields that aren't declared are
 * left out. Objects and arrays are loaded as JSON, and a Date as its moment.
 * @throws `postgres` if a row doesn't fit, with its number, and if no row has a declared column; `unreachable` or `unauthorized` without a
 * connection. The table is then as it was.
 * @example
 * await copyRows({ connection, table: 'shop.products', columns: { id: 'integer', title: 'text' }, rows: products, mode: 'upsert', key: ['id'] });
 */
export async function copyRows(options: CopyRowsOptions): Promise<CopyResult> {
  const { rows } = options;
  return loadObjects(options, 'row', () => {
    if (!(Symbol.asyncIterator in rows)) return { batches: slices(rows), close: () => undefined };
    const { items, close } = interruptible(rows);
    return { batches: singles(items), close };
  });
}

/** Cuts rows that are there already into batches, because each batch costs as much as a task of the event loop. */
async function* slices(rows: Iterable<unknown>): AsyncGenerator<readonly unknown[], void> {
  let slice: unknown[] = [];
  for (const row of rows) {
    slice.push(row);
    if (slice.length < 1000) continue;
    yield slice;
    slice = [];
  }
  yield slice;
}

async function* singles(rows: AsyncIterable<unknown>): AsyncGenerator<readonly unknown[], void> {
  for await (const row of rows) yield [row];
}
