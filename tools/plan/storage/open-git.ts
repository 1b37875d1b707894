import { isTributaryError, messageOf } from '@tributary/contract/error';
import type { Finding } from '@tributary/contract/nouns/plan';
import { once } from '@tributary/contract/once';
import type { StorageSettings } from '@tributary/flow/engine';

import type { Code } from '../closure/open-code.ts';
import type { SharedFinding } from '../closure/part.ts';
import { findCodeOutside, listPointers } from './find-code-outside.ts';
import { findRepository } from './find-repository.ts';
import { missingSecret, short, unfetchableCommit, unreadableSecret, unusableRepository } from './findings.ts';
import { type CommitPlace, placeInGit } from './place-in-git.ts';
import { folderStorage, type Storage, type ToStore } from './storage.ts';

/**
 * Checks that a worker could fetch a commit, and that a branch or a tag of the repository reaches it.
 * @throws `not_found` if the server doesn't have the commit; `misuse` if nothing reaches it, as with a commit of a fork
 */
export type Confirm = (code: Pick<CommitPlace, 'repository' | 'commit'>, options: { readonly token?: string }) => Promise<void>;

export interface GitStorageOptions {
  /** the workspace */
  readonly root: string;
  readonly code: Code;
  readonly settings: StorageSettings;
  readonly confirm: Confirm;
  /** reads the token, by the name of its secret */
  readonly readToken: (name: string) => Promise<Token>;
  /** gets a line for users before a server is asked */
  readonly announce: (line: string) => void;
}

/** An access token. Never print it. */
export interface Token {
  /** undefined if it isn't known here */
  readonly value: string | undefined;
  /** whether the engine has it for workers */
  readonly isStored: boolean;
}

/** Stores code in a repository, at the commit that the work tree is at. */
export async function openGit(options: GitStorageOptions): Promise<Storage> {
  const { root, code, settings } = options;
  const [found, commit] = await Promise.all([findRepository(root, settings.repository), code.head()]);
  if ('reason' in found) return folderStorage(code, unusableRepository(found.reason));
  if (commit === undefined)
    return folderStorage(code, unusableRepository('This repository has no commit yet, so there is no code to fetch. Commit and push it.'));
  const place: CommitPlace = { repository: found.url, commit, token: settings.token };
  const pointers = once(listPointers);
  const whyUnfetchable = once((one: CommitPlace) => findWhyUnfetchable(one, options), JSON.stringify);
  const findOutside = async (deployments: readonly ToStore[]): Promise<SharedFinding[][]> => {
    const given = { code, commit, pointers: await pointers(root) };
    return Promise.all(deployments.map((one) => findCodeOutside(one, given)));
  };
  return {
    problem: null,
    place: async (one, live) => placeInGit(place, one, live),
    async findProblems(deployments) {
      if (deployments.length === 0) return [];
      const [common, own] = await Promise.all([whyUnfetchable(place), findOutside(deployments)]);
      const all = deployments.flatMap((one, index) => [...(own[index] ?? []), ...common].map((finding) => findingOf(finding, one)));
      return [...new Map(all.map((finding) => [JSON.stringify(finding), finding])).values()];
    },
  };
}

function findingOf(finding: SharedFinding, { project }: ToStore): Finding {
  return { ...finding, integration: project.name };
}

/** Asks the engine for the token, and the repository for the commit. */
async function findWhyUnfetchable(
  { repository, commit, token }: CommitPlace,
  { confirm, readToken, announce }: GitStorageOptions,
): Promise<SharedFinding[]> {
  const read = token === undefined ? undefined : await readToken(token);
  const missing = token !== undefined && !read?.isStored ? [missingSecret(token)] : [];
  // Without the token, a server says only that there is no such repository.
  if (token !== undefined && read?.value === undefined) return read?.isStored ? [unreadableSecret(token)] : missing;
  announce(`Checking that workers can fetch commit ${short(commit)} of ${repository}`);
  try {
    await confirm({ repository, commit }, read?.value === undefined ? {} : { token: read.value });
    return missing;
  } catch (error) {
    const isUnpushed = isTributaryError(error, 'not_found') && error.facts.status !== 404 && error.facts.status !== 410;
    return [...missing, unfetchableCommit(messageOf(error), isUnpushed ? 'git push' : null)];
  }
}
