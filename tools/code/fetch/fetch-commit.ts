import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import { shortHash } from '@tributary/contract/short-hash';

import { type Code, nameOf } from '../code.ts';
import type { Lock } from '../hold/acquire.ts';
import { openRemote, type RemoteOptions, type RunGit } from './open-remote.ts';

/**
 * Fetches a commit with its list of files, but without their contents, unless it is there.
 * @param folder the bare repository
 * @param lock the repository's lock, held alone
 * @returns runs git on the commit's repository
 * @throws as git does; `misuse` if the hash is that of something else, as a tag may name a file
 */
export async function fetchCommit(
  code: Pick<Code, 'repository' | 'commit'>,
  folder: string,
  lock: Lock,
  options: RemoteOptions,
): Promise<RunGit> {
  const { commit, repository } = code;
  const git = openRemote({ repository, name: nameOf(code) }, folder, lock, options);
  // Without a ref to the commits that are here, git would fetch all folders of the next commit again.
  const ref = `refs/held/${commit}`;
  const flags = ['--quiet', '--depth=1', '--filter=blob:none', '--no-tags', '--no-write-fetch-head'];
  if (existsSync(join(folder, ref))) return git;
  await git(['fetch', ...flags, 'origin', `+${commit}:${unchecked}`]);
  const type = (await git(['cat-file', '-t', commit])).trim();
  if (type !== 'commit') throw notCommit(code, type);
  renameSync(join(folder, unchecked), join(folder, ref));
  return git;
}

/** Names what was fetched last until it proves to be a commit. */
const unchecked = 'refs/held/unchecked';

/** What git calls the objects that aren't commits, and what users call them. */
const kinds: Readonly<Record<string, string>> = { blob: 'a file', tree: 'a folder', tag: 'a tag' };

function notCommit({ repository, commit }: Pick<Code, 'repository' | 'commit'>, type: string): TributaryError {
  return new TributaryError(
    'misuse',
    `${shortHash(commit)} of ${repository} is ${kinds[type] ?? type}, not a commit. Name a branch, a commit, or a tag of a commit.`,
  );
}
