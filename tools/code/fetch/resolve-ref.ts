import { TributaryError } from '@tributary/contract/error';

import type { Lock } from '../hold/acquire.ts';
import { openRemote, type RemoteOptions } from './open-remote.ts';

/**
 * Asks a server which commit a branch or a tag is at. A branch wins over a tag of the same name.
 * @param ref `HEAD` stands for the default branch
 * @param folder the bare repository
 * @param lock the repository's lock, held alone
 * @throws `misuse` if the ref can't be a name; `not_found` if the repository has no such branch or tag
 */
export async function resolveRef(repository: string, ref: string, folder: string, lock: Lock, options: RemoteOptions): Promise<string> {
  const git = openRemote({ repository, name: `${ref} of ${repository}` }, folder, lock, options);
  const named = [`refs/heads/${ref}`, `refs/tags/${ref}^{}`, `refs/tags/${ref}`];
  const names = ref === 'HEAD' ? [ref] : named;
  const lines = (await git(['ls-remote', 'origin', ...names])).split('\n').map((line) => line.split('\t'));
  const found = names.flatMap((name) => lines.find((line) => line[1] === name)?.[0] ?? [])[0];
  if (found !== undefined) return found;
  throw new TributaryError(
    'not_found',
    `${repository} has no branch or tag ${ref}, or nothing was pushed to it yet. Check the name, or push the branch.`,
  );
}

/** @throws `misuse` if git would not take the name for that of a branch or a tag */
export function checkRef(ref: string): string {
  // The rules of git check-ref-format.
  const isName = /^(?![-/.])[^\0-\x20~^:?*[\\\x7f]+(?<![/.])$/.test(ref) && !/\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)/.test(ref) && ref !== '@';
  if (isName) return ref;
  throw new TributaryError('misuse', `${JSON.stringify(ref)} can't be the name of a branch or a tag. Write, for example, main.`);
}
