import type { CopyOptions } from './copy-options.ts';
import type { Job, Rows } from './load/job.ts';
import type { CopyResult } from './load/load.ts';
import { readOptions } from './read-options.ts';

/** A load without its rows. */
type Target = Omit<Job, 'rows'>;

/** A source that was opened. */
interface Opened {
  /** reads as much as it takes to know the columns of the rows */
  read(): Promise<Omit<Rows, 'close'>>;
  /** ends the source, and a read that is under way */
  readonly close: () => void;
}

/** Loads the rows of a source, and closes the source in any case. @param open opens the source, once the options are checked */
export async function loadSource(options: CopyOptions, open: (target: Target) => Opened): Promise<CopyResult> {
  const target = readOptions(options);
  const { signal } = target;
  const { read, close } = open(target);
  signal.addEventListener('abort', close);
  try {
    signal.throwIfAborted();
    const rows = await read();
    // A plan imports this module too, and doesn't need the driver of Postgres.
    const { load } = await import('./load/load.ts');
    return await load({ ...target, rows: { ...rows, close } });
  } catch (error) {
    // Closing the source made reading it fail.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}
