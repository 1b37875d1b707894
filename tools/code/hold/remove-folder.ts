import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes a folder whose folders may be read-only. Does nothing if it doesn't exist. */
export async function removeFolder(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory()) await makeWritable(path);
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

async function makeWritable(folder: string): Promise<void> {
  // A program that was just killed may still have removed a folder.
  await chmod(folder, 0o700).catch(() => undefined);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  await Promise.all(entries.filter((entry) => entry.isDirectory()).map((entry) => makeWritable(join(folder, entry.name))));
}
