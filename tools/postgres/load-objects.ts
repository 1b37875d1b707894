import type { CopyOptions } from './copy-options.ts';
import type { CopyResult } from './load/load.ts';
import { loadSource } from './load-source.ts';
import { encodedFormat, encodeRows } from './read/encode-rows.ts';

/** Objects in batches. */
interface Objects {
  readonly batches: AsyncIterable<readonly unknown[]>;
  readonly close: () => void;
}

/** Loads objects. @param unit what an object is called in a message @param open opens the objects for a table */
export async function loadObjects(options: CopyOptions, unit: 'line' | 'row', open: (table: string) => Objects): Promise<CopyResult> {
  return loadSource(options, ({ table, columns }) => {
    const { batches, close } = open(table.text);
    const names = columns.map(({ name }) => name);
    const chunks = encodeRows(batches, columns, { table: table.text, unit });
    return { read: async () => ({ names, format: encodedFormat, unit, chunks }), close };
  });
}
