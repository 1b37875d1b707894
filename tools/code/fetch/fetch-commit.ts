import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { type Code, nameOf } from '../code.ts';
import type { Lock } from '../hold/acquire.ts';
import { openRemote, type RemoteOptions, type RunGit } from './open-remote.ts';

/**
 * Fetches a commit with its list of files, but without their contents, unless it is there.
 * @param folder the bare repository
 * @param lock the repository's lock, held alone
 * @returns runs git on the commit's repository
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
  if (!existsSync(join(folder, ref))) await git(['fetch', ...flags, 'origin', `${commit}:${ref}`]);
  return git;
}
