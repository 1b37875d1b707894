import { createWriteStream } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** milliseconds */
const longestSilence = 10 * 60 * 1000;

/**
 * Writes rows as JSON lines to a temporary name and renames: whoever reads the file sees the old one or the new one, whole.
 * @throws with the path, and what the disk said; the old file is then as it was, and no temporary file is left
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
    throw new Error(`${path} was not written: ${explain(error)}. What stood there before is unchanged.`, { cause: error });
  }
}

/** What a writer that was killed left behind. One at work writes all the time, on whatever machine. */
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
  if (code === 'ENOTDIR' || code === 'EEXIST') return `a file stands where its folder should be (${code})`;
  if (code === 'EACCES' || code === 'EROFS') return `the folder is not writable (${code})`;
  return error.message;
}
