import { constants, type Dirent } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Copies a tree of the store. The copy may be written. File systems that can share blocks don't copy them before they change.
 * @param to an empty folder
 * @throws the signal's reason once it is aborted; nothing is written any more then
 */
export async function copyTree(from: string, to: string, signal: AbortSignal): Promise<void> {
  const copy = async (entry: Dirent): Promise<void> => {
    signal.throwIfAborted();
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      await mkdir(target);
      return copyTree(source, target, signal);
    }
    if (entry.isSymbolicLink()) return symlink(await readlink(source), target);
    const [{ mode }] = await Promise.all([lstat(source), copyFile(source, target, constants.COPYFILE_FICLONE)]);
    await chmod(target, mode | 0o200);
  };
  // All must settle, even if one fails: the caller removes the folder then, and nothing may still write into it.
  const copied = await Promise.allSettled((await readdir(from, { withFileTypes: true })).map(copy));
  for (const one of copied) if (one.status === 'rejected') throw one.reason;
}
