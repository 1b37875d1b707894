import { renameSync, rmSync, writeFileSync } from 'node:fs';

import { messageOf, TributaryError } from '@tributary/contract';

/**
 * Writes a small file that only its owner may read, whole or not at all.
 * @throws storage
 */
export function writePrivate(path: string, text: string): void {
  const temporary = `${path}.new`;
  try {
    // A file left behind by a crash may have other permissions.
    rmSync(temporary, { force: true });
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new TributaryError(
      'storage',
      `${path} can't be written: ${messageOf(cause)}. Free some disk space, or move the file or folder at this path elsewhere.`,
      {
        cause,
      },
    );
  }
}
