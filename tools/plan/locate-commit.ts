import { TributaryError } from '@tributary/contract/error';
import { isCommit } from '@tributary/contract/repository';
import { type Engine, readWorkspaceSettings } from '@tributary/flow/engine';

import { type Commit, findCommit } from './against/find-commit.ts';
import { git } from './closure/git.ts';
import { isShallow } from './closure/history.ts';
import { findRepository } from './storage/find-repository.ts';
import { missingSecret, unreadableSecret } from './storage/findings.ts';
import { readToken } from './storage/read-token.ts';

/** Where a commit comes from. */
export interface LocatedCommit extends Commit {
  /** the URL of the repository that workers fetch from */
  readonly repository: string;
  /** the access token for it. Never print it */
  readonly token: string | undefined;
  /** the folder of this clone's objects, if it has the commit with all commits before it */
  readonly history: string | undefined;
}

interface Given {
  /** the workspace */
  readonly root: string;
  /** the commit as the user names it: a branch, a tag, a hash, `HEAD~1` */
  readonly name: string;
  readonly engine: Engine;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Finds out where to fetch a commit from, and with which token. A whole hash need not be in this clone.
 * @throws `misuse` if there is no such commit, no repository on a server, or no token
 */
export async function locateCommit({ root, name, engine, env }: Given): Promise<LocatedCommit> {
  const { storage = {} } = await readWorkspaceSettings(root);
  const found = await findRepository(root, storage.repository);
  if ('reason' in found) throw new TributaryError('misuse', found.reason);
  const known = await findCommit(root, name, '--commit').catch((error: unknown) => {
    if (isCommit(name)) return undefined;
    throw error;
  });
  const token = storage.token === undefined ? undefined : await tokenOf(storage.token, engine, env);
  const history = known && !(await isShallow(root)) ? await objectsOf(root) : undefined;
  return { commit: known?.commit ?? name, name, repository: found.url, token, history };
}

async function tokenOf(name: string, engine: Engine, env: NodeJS.ProcessEnv): Promise<string> {
  const { value, isStored } = await readToken(name, engine, env);
  if (value !== undefined) return value;
  throw new TributaryError('misuse', (isStored ? unreadableSecret(name) : missingSecret(name, {})).message);
}

/** The folder with the objects of a clone. */
async function objectsOf(root: string): Promise<string | undefined> {
  const found = await git(root, ['rev-parse', '--path-format=absolute', '--git-path', 'objects']);
  return found.ok ? found.output.toString().trim() : undefined;
}
