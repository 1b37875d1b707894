import { chmod, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes a folder read-only with all that is in it. @returns its size in bytes */
export async function sealFolder(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true });
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sealFolder(path);
      const { mode, size } = await lstat(path);
      if (entry.isFile()) await chmod(path, (mode & 0o111) === 0 ? 0o444 : 0o555);
      return size;
    }),
  );
  await chmod(folder, 0o555);
  return sizes.reduce((sum, size) => sum + size, 0);
}
