import { createHash } from 'node:crypto';
import { posix } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import { checkRepository, isCommit } from '@tributary/contract/repository';
import { shortHash } from '@tributary/contract/short-hash';

/** Code at one commit. */
export interface Code {
  /** the repository's URL, `https://github.com/acme/data.git` */
  readonly repository: string;
  /** the whole commit: 40 hexadecimal digits, or 64 */
  readonly commit: string;
  /** the folders that are needed, relative to the repository; with none, all of it. Files directly above a folder come with it. */
  readonly directories: readonly string[];
  /** whether the submodules in the needed folders are fetched too @default false */
  readonly submodules?: boolean;
  /** whether nothing is installed: neither the packages of a package-lock.json nor those of a requirements.txt @default false */
  readonly filesOnly?: boolean;
}

/**
 * Checks where code comes from, and writes equal code in one way.
 * @throws `misuse` if the URL, the commit or a folder can't be used. The message never has a password.
 */
export function checkCode({ repository, commit, directories, submodules = false, filesOnly = false }: Code): Code {
  if (!isCommit(commit))
    throw new TributaryError(
      'misuse',
      `${JSON.stringify(commit)} isn't a whole commit. Name all 40 hexadecimal digits: git rev-parse HEAD prints them.`,
    );
  const folders = [...new Set(directories.map(checkDirectory))].toSorted();
  return {
    repository: checkRepository(repository),
    commit,
    directories: folders,
    ...(submodules ? { submodules } : {}),
    ...(filesOnly ? { filesOnly } : {}),
  };
}

function checkDirectory(directory: string): string {
  const path = posix.normalize(directory).replace(/\/+$/, '');
  const isOutside = posix.isAbsolute(path) || path === '..' || path.startsWith('../');
  if (path !== '' && path !== '.' && !isOutside && !/[\0\n\r"\\*?[\]]/.test(path) && !path.startsWith(':') && !/^!|\s$/.test(path))
    return path;
  throw new TributaryError(
    'misuse',
    `${JSON.stringify(directory)} can't be fetched: name a folder relative to the repository, such as ints/shop, without wildcards. With no folder at all, the whole repository is fetched.`,
  );
}

/** Names something by its content. @returns 40 hexadecimal digits */
export function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

/** Names code in sentences: `commit 1a2b3c4d5e6f of https://github.com/acme/data.git`. */
export function nameOf({ repository, commit }: Pick<Code, 'repository' | 'commit'>): string {
  return `commit ${shortHash(commit)} of ${repository}`;
}
