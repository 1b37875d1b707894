import { existsSync, readdirSync } from 'node:fs';

import { TributaryError } from '@tributary/contract/error';

/** What a system puts into a folder, or into the root of a volume. */
const ofSystem = /^(?:\..*|lost\+found)$/;

/**
 * Refuses a folder with anything that isn't a store's. A store removes what is in its folders, and somebody's home may have a folder "work".
 * @param names the folders that a store has. The first one is created first
 * @throws `misuse` with the name of what is there
 */
export function refuseStrangers(path: string, names: readonly string[]): void {
  const found = existsSync(path) ? readdirSync(path).filter((name) => !ofSystem.test(name)) : [];
  const [first = ''] = names;
  // One that is being created has the first folder, and one that somebody has cleaned up has most of them.
  const isStore = found.includes(first) || found.length * 2 > names.length;
  const stranger = found.find((name) => !names.includes(name)) ?? (isStore ? undefined : found[0]);
  if (stranger === undefined) return;
  throw new TributaryError(
    'misuse',
    `The folder ${path} can't hold code, because it has ${stranger}, which isn't of a code store and could be removed with old code. Set TRIBUTARY_CODE_DIR to another folder.`,
  );
}
