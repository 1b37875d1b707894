import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

import { type Code, nameOf } from '../code.ts';

/**
 * Refuses a commit's own file, folder or link where its packages are linked: it would hide them.
 * @param paths relative to the folder
 * @param onlyLinks whether files and folders may stay
 * @throws `crashed` with what to do
 */
export function refuseInstalled(
  folder: string,
  paths: readonly string[],
  code: Pick<Code, 'repository' | 'commit'>,
  { onlyLinks = false } = {},
): void {
  const found = paths.find((path) => {
    const entry = lstatSync(join(folder, path), { throwIfNoEntry: false });
    return entry !== undefined && (!onlyLinks || entry.isSymbolicLink());
  });
  if (found !== undefined)
    throw new TributaryError(
      'crashed',
      `${nameOf(code)} has ${found}. Packages come from package-lock.json and requirements.txt: git rm -r --cached ${found}.`,
    );
}
