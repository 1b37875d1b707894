import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Writes rows as JSON lines to a temporary name and renames: whoever reads the file sees the old one or the new one, whole.
 * @throws with the path, and what the disk said; the old file is then as it was, and no temporary file is left
 */
export async function writeLines(path: string, rows: readonly object[], temporary = `${path}.${process.pid}.tmp`): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await pipeline(Readable.from(rows.map((row) => `${JSON.stringify(row)}\n`)), createWriteStream(temporary, { flush: true }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new Error(`${path} was not written: ${explain(error)}. What stood there before is unchanged.`, { cause: error });
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC') return 'the disk is full (ENOSPC); free some space and run again';
  if (code === 'ENOTDIR' || code === 'EEXIST') return `a file stands where its folder should be (${code})`;
  if (code === 'EACCES' || code === 'EROFS') return `the folder is not writable (${code})`;
  return error.message;
}
