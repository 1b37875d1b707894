import type { Finding } from '@tributary/contract/nouns/plan';
import { shellWord } from '@tributary/contract/shell-word';

import { isShallow, placeCommits } from '../closure/history.ts';
import type { Code } from '../closure/open-code.ts';
import type { Commit } from './find-commit.ts';
import { newerCommit } from './findings.ts';

/** Finds out whether a commit has changes that the work tree lacks. @returns none in a shallow clone, which lacks the history that would tell */
export async function findNewer(root: string, code: Pick<Code, 'head'>, commit: Commit): Promise<Finding[]> {
  const head = await code.head();
  const standing = head === undefined ? undefined : (await placeCommits(root, head, [commit.commit])).get(commit.commit);
  if (standing === undefined || standing === 'before' || (await isShallow(root))) return [];
  return [newerCommit(commit, `npx tributary plan --against "$(git merge-base HEAD ${shellWord(commit.name)})"`)];
}
