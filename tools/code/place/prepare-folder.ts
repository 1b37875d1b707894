import { chmodSync, existsSync, lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';

import { refuseStrangers } from './refuse-strangers.ts';

const move = 'Set TRIBUTARY_CODE_DIR to another folder.';

/**
 * Creates the store's folder, which only its user may open.
 * @param names the folders that a store has
 * @returns its real path
 * @throws `misuse` in a place where code would find other packages than its own, or that has other files; `storage` if another user owns it, or it can't be created
 */
export function prepareFolder(folder: string, names: readonly string[]): string {
  const path = storing(folder, () => realPathOf(resolve(folder)));
  refuseNeighbours(path);
  storing(path, () => mkdirSync(path, { recursive: true, mode: 0o700 }));
  const { uid, mode } = statSync(path);
  const user = process.getuid?.();
  if (user !== undefined && uid !== user)
    throw new TributaryError('storage', `The folder ${path} for code belongs to another user, who could change what runs. ${move}`);
  storing(path, () => refuseStrangers(path, names));
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) chmodSync(path, 0o700);
  return path;
}

function storing<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (isTributaryError(error)) throw error;
    throw new TributaryError('storage', `The folder ${path} for code can't be created: ${messageOf(error)}. ${move}`, { cause: error });
  }
}

/** An import that a tree lacks is searched in the folders above it, and dbt is searched there too. So no folder above may have any. */
function refuseNeighbours(path: string): void {
  for (let at = path; ; at = dirname(at)) {
    const found = reasonAgainst(at);
    if (found) throw new TributaryError('misuse', `The folder ${path} can't hold code, because ${found}. ${move}`);
    if (dirname(at) === at) return;
  }
}

function reasonAgainst(folder: string): string | undefined {
  if (basename(folder) === 'node_modules') return `it is below ${folder}, where Node doesn't strip types`;
  if (existsSync(join(folder, 'nx.json'))) return `it is in the workspace ${folder}, whose packages would run instead of the commit's own`;
  const other = ['node_modules', '.venv'].find((name) => existsSync(join(folder, name)));
  return other && `${join(folder, other)} would be used wherever a commit lacks something`;
}

/** The path without links, also if its last parts don't exist yet. */
function realPathOf(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() && !existsSync(path)) throw new Error('it is a link to nothing');
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realPathOf(dirname(path)), basename(path));
}
