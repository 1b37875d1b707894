import type { CopyOptions } from './copy-options.ts';
import type { CopyResult } from './load/load.ts';
import { encodedFormat, encodeRows } from './read/encode-rows.ts';
import { readOptions } from './read-options.ts';

/** Objects in batches. */
interface Objects {
  readonly batches: AsyncIterable<readonly unknown[]>;
  readonly close: () => void;
}

/** Loads objects. @param unit what an object is called in a message @param open opens the objects for a table */
export async function loadObjects(options: CopyOptions, unit: 'line' | 'row', open: (table: string) => Objects): Promise<CopyResult> {
  const target = readOptions(options);
  const { table, columns, signal } = target;
  const { batches, close } = open(table.text);
  signal.addEventListener('abort', close);
  try {
    signal.throwIfAborted();
    const { load } = await import('./load/load.ts');
    const chunks = encodeRows(batches, columns, { table: table.text, unit });
    return await load({ ...target, rows: { names: columns.map(({ name }) => name), format: encodedFormat, unit, chunks, close } });
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}
