import { TributaryError } from './error.ts';

/** The most characters of a URL. git gets it by its environment, whose length the system limits. */
const longestUrl = 2048;
/** The most characters of a name. Servers allow some 250. */
const longestRef = 1024;

/**
 * Checks a URL. Plain http is accepted for servers of private networks, many of which have no certificate.
 * @returns the URL without a final slash
 * @throws `misuse` if the store can't fetch from there
 */
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
      `A repository's URL begins with https://, or with http:// in a network that you trust. This one ${url ? `begins with ${url.protocol}` : "isn't a URL"}. Write, for example, https://github.com/acme/data.git.`,
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
  if (url.href.length > longestUrl)
    throw new TributaryError(
      'misuse',
      `The URL of ${url.host} has more than ${longestUrl} characters. Write, for example, https://github.com/acme/data.git.`,
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

/** @throws `misuse` if git would not take the name for that of a branch or a tag */
export function checkRef(ref: string): string {
  // The rules of git check-ref-format.
  const isName = /^(?![-/.])[^\0-\x20~^:?*[\\\x7f]+(?<![/.])$/.test(ref) && !/\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)/.test(ref) && ref !== '@';
  if (ref.length > longestRef)
    throw new TributaryError(
      'misuse',
      `${JSON.stringify(`${ref.slice(0, 100)}…`)} can't be the name of a branch or a tag: it has more than ${longestRef} characters.`,
    );
  if (isName) return ref;
  throw new TributaryError('misuse', `${JSON.stringify(ref)} can't be the name of a branch or a tag. Write, for example, main.`);
}

/** True for a whole commit, with SHA-1 or SHA-256. */
export function isCommit(ref: string): boolean {
  return /^(?:[\da-f]{40}|[\da-f]{64})$/.test(ref);
}

/**
 * The names to ask a server for with git ls-remote, the one that wins first: a branch wins over a tag of the same name.
 * @param ref a branch or a tag; `HEAD` stands for the default branch
 */
export function refNames(ref: string): readonly string[] {
  return ref === 'HEAD' ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}^{}`, `refs/tags/${ref}`];
}

/**
 * Finds the commit of a ref.
 * @param listed what git ls-remote printed for {@link refNames}
 * @throws `not_found` if the repository has no such branch or tag
 */
export function commitIn(listed: string, repository: string, ref: string): string {
  const lines = listed.split('\n').map((line) => line.split('\t'));
  const found = refNames(ref).flatMap((name) => lines.find((line) => line[1] === name)?.[0] ?? [])[0];
  if (found !== undefined) return found;
  if (ref === 'HEAD')
    throw new TributaryError(
      'not_found',
      `${repository} is empty, or its default branch does not exist. Push a branch to it, or name one that is there.`,
    );
  throw new TributaryError('not_found', `${repository} has no branch or tag ${ref}${whatInstead(ref)}`);
}

function whatInstead(ref: string): string {
  if (/^[\da-f]{7,39}$/i.test(ref)) return '. If it is a commit, name all 40 hexadecimal digits.';
  if (isCommit(ref.toLowerCase())) return '. If it is a commit, write it in lowercase letters.';
  const [, name] = /^(?:refs\/(?:heads|tags|remotes\/origin)|origin)\/(.+)$/.exec(ref) ?? [];
  return `, or nothing was pushed to it yet. ${name === undefined ? 'Check the name, or push the branch.' : `Did you mean ${name}?`}`;
}
