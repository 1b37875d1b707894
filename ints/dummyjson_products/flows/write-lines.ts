import { createWriteStream } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** How long a running writer may leave its temporary file unchanged, in milliseconds. */
const longestSilence = 10 * 60 * 1000;

/**
 * Writes rows as JSON lines to a temporary file and renames it, so that a reader sees either the whole old file or the whole new one.
 * @throws an error with the path and the reason; the old file is unchanged then, and no temporary file is left
 */
export async function writeLines(path: string, rows: readonly object[]): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await removeLeftovers(path);
    await pipeline(Readable.from(rows.map((row) => `${JSON.stringify(row)}\n`)), createWriteStream(temporary, { flush: true }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new Error(`${path} was not written: ${explain(error)}. The file that was there before is unchanged.`, { cause: error });
  }
}

/** Removes the temporary files of killed writers. They are recognized by their age, because the writer may be on another machine. */
async function removeLeftovers(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith('.tmp')) continue;
    const leftover = join(dirname(path), name);
    const { mtimeMs } = await lstat(leftover).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > longestSilence) await rm(leftover, { force: true });
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC') return 'the disk is full (ENOSPC); free some space and run again';
  if (code === 'ENOTDIR' || code === 'EEXIST') return `its folder is a file (${code})`;
  if (code === 'EACCES' || code === 'EROFS') return `the folder is not writable (${code})`;
  return error.message;
}
