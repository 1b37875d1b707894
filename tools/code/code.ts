import { createHash } from 'node:crypto';
import { posix } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

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
}

/**
 * Checks where code comes from, and writes equal code in one way.
 * @throws `misuse` if the URL, the commit or a folder can't be used. The message never has a password.
 */
export function checkCode({ repository, commit, directories, submodules = false }: Code): Code {
  if (!/^(?:[\da-f]{40}|[\da-f]{64})$/.test(commit))
    throw new TributaryError(
      'misuse',
      `${JSON.stringify(commit)} isn't a whole commit. Name all 40 hexadecimal digits: git rev-parse HEAD prints them.`,
    );
  const folders = [...new Set(directories.map(checkDirectory))].toSorted();
  return { repository: checkRepository(repository), commit, directories: folders, ...(submodules ? { submodules } : {}) };
}

/** @returns the URL without a final slash @throws `misuse` if the store can't fetch from there */
export function checkRepository(repository: string): string {
  const instead = insteadOfSsh(repository);
  if (instead !== undefined)
    throw new TributaryError(
      'misuse',
      `Code isn't fetched over ssh. Write ${instead} instead, and name a secret that holds an access token.`,
    );
  const url = URL.parse(repository);
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw new TributaryError(
      'misuse',
      `A repository's URL begins with https://. This one ${url ? `begins with ${url.protocol}` : "isn't a URL"}. Write, for example, https://github.com/acme/data.git.`,
    );
  if (url.username || url.password)
    throw new TributaryError(
      'misuse',
      `The URL of ${url.host}${url.pathname} has a user or a password in it. Leave them out, and name a secret that holds the token.`,
    );
  if (url.search || url.hash)
    throw new TributaryError(
      'misuse',
      `The URL of ${url.host}${url.pathname} has a part after the path, beginning with ? or #. Leave it out.`,
    );
  return url.href.replace(/\/+$/, '');
}

/** The https form of a URL by which git would use ssh. @returns undefined for other URLs */
export function insteadOfSsh(repository: string): string | undefined {
  const ssh =
    /^ssh:\/\/(?:[^@/\s]+@)?([^:/\s]+)(?::\d+)?\/(\S+)$/.exec(repository) ??
    /^(?:[^@/\s]+@)([^:/\s]+)(?::\d+\/|[:/])(\S+)$/.exec(repository);
  return ssh ? `https://${ssh[1]}/${ssh[2]}` : undefined;
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
  return `commit ${commit.slice(0, 12)} of ${repository}`;
}
