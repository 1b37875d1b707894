import type { CopyOptions } from './copy-options.ts';
import type { CopyResult } from './load/load.ts';
import { loadObjects } from './load-objects.ts';
import { jsonLines } from './read/json-lines.ts';
import { openSource, type Source } from './read/open-source.ts';

/** A file of JSON lines, and the table that it is loaded to. */
export interface CopyJsonLinesOptions extends CopyOptions {
  /** the file in UTF-8, with one JSON object a line; it is read once, and closed in any case */
  readonly from: Source;
}

/**
 * Loads a file of JSON lines into a table of Postgres by COPY, in one transaction. A field that a line lacks is NULL, and fields that aren't
 * declared are left out. Objects and arrays are loaded as JSON. Integers keep their digits.
 * @throws `postgres` if a line doesn't fit, with its number, and if no line has a declared column; otherwise as {@link copyCsv}
 * @example
 * await copyJsonLines({ connection, table: 'shop.events', columns: { id: 'bigint', payload: 'jsonb' }, from: await fetch(url) });
 */
export async function copyJsonLines(options: CopyJsonLinesOptions): Promise<CopyResult> {
  return loadObjects(options, 'line', (table) => {
    const { chunks, close } = openSource(options.from);
    return { batches: jsonLines(chunks, table), close };
  });
}
