import { isTributaryError, messageOf } from '@tributary/contract/error';
import { shortHash } from '@tributary/contract/short-hash';

import type { SharedFinding } from '../closure/part.ts';
import type { EngineOptions } from '../on-engine.ts';
import { missingSecret, unfetchableCommit, unmergedCommit, unreadableSecret } from './findings.ts';
import type { CommitPlace } from './place-in-git.ts';

/**
 * Checks that a worker could fetch a commit, and that a branch or a tag of the repository reaches it.
 * @throws `not_found` if the server doesn't have the commit; `misuse` with the fact `unreached` if nothing reaches it, as with a commit of a
 * fork
 */
export type Confirm = (code: Pick<CommitPlace, 'repository' | 'commit'>, options: { readonly token?: string }) => Promise<void>;

/** An access token. Never print it. */
export interface Token {
  /** undefined if it isn't known here */
  readonly value: string | undefined;
  /** whether the engine has it for workers */
  readonly isStored: boolean;
}

/** Who is asked. */
export interface Asked {
  readonly confirm: Confirm;
  /** reads the token, by the name of its secret */
  readonly readToken: (name: string) => Promise<Token>;
  /** which engine the user chose, for the commands that findings name */
  readonly options: EngineOptions;
  /** whether the commit is deployed, or only planned */
  readonly deploys: boolean;
  /** gets a line for users before the repository's server is asked */
  readonly announce: (line: string) => void;
}

/** Finds out why workers can't fetch a commit. Asks the engine for the token, and the repository's server for the commit. */
export async function findWhyUnfetchable(
  { repository, commit, token }: CommitPlace,
  { confirm, readToken, options, deploys, announce }: Asked,
): Promise<SharedFinding[]> {
  const read = token === undefined ? undefined : await readToken(token);
  const missing = token !== undefined && !read?.isStored ? [missingSecret(token, options)] : [];
  // Without the token, a server says only that there is no such repository.
  if (token !== undefined && read?.value === undefined) return read?.isStored ? [unreadableSecret(token)] : missing;
  announce(`Checking that workers can fetch commit ${shortHash(commit)} of ${repository}`);
  try {
    await confirm({ repository, commit }, read?.value === undefined ? {} : { token: read.value });
    return missing;
  } catch (error) {
    // CI plans a pull request at a commit that only merges it for the test. Nobody deploys that commit.
    if (!deploys && isTributaryError(error, 'misuse') && error.facts.unreached) return [...missing, unmergedCommit(repository, commit)];
    const isUnpushed = isTributaryError(error, 'not_found') && error.facts.status !== 404 && error.facts.status !== 410;
    return [...missing, unfetchableCommit(messageOf(error), isUnpushed ? 'git push' : null)];
  }
}
