import type { Finding } from '@tributary/contract/nouns/plan';
import { shellWord } from '@tributary/contract/shell-word';

import { isShallow, placeCommits } from '../closure/history.ts';
import type { Code } from '../closure/open-code.ts';
import type { Commit } from './find-commit.ts';
import { newerCommit } from './findings.ts';

interface Given {
  readonly root: string;
  readonly code: Pick<Code, 'head'>;
  /** the integrations of the plan, as the command takes them; empty for all */
  readonly names: readonly string[];
}

/** Finds out whether a commit has changes that the work tree lacks. @returns none in a shallow clone, which lacks the history that would tell */
export async function findNewer(commit: Commit, { root, code, names }: Given): Promise<Finding[]> {
  const head = await code.head();
  const standing = head === undefined ? undefined : (await placeCommits(root, head, [commit.commit])).get(commit.commit);
  if (standing === undefined || standing === 'before' || (await isShallow(root))) return [];
  const words = ['npx tributary plan', ...names.map(shellWord), `--against "$(git merge-base HEAD ${shellWord(commit.name)})"`];
  return [newerCommit(commit, words.join(' '))];
}
