import { join } from 'node:path';

import { type ErrorFacts, isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';

import { type Code, nameOf } from '../code.ts';
import { type CommitOptions, withCommit } from '../fetch/with-commit.ts';
import { checkOut } from './check-out.ts';
import { listEntries } from './list-entries.ts';
import { readSubmodules, type Submodule, type Submodules } from './read-submodules.ts';
import { conePatterns } from './sparse-patterns.ts';

type Owner = Pick<Code, 'repository' | 'commit'>;

/**
 * Fetches submodules, and their own, into the folders where a checkout left them empty.
 * @param code whose repository the token is for: no other host gets it
 * @param root where the code was checked out
 * @returns the folders that stay empty, relative to the root
 * @throws as a fetch does, with the submodule's name
 */
export async function fetchSubmodules(
  submodules: readonly Submodule[],
  code: Owner,
  root: string,
  options: CommitOptions,
): Promise<string[]> {
  const empty: string[] = [];
  for (const one of submodules) {
    const { wanted, left } = await naming(one, code, () => fetchOne(one, code, join(root, one.path), options));
    const inner = wanted.map((deeper) => ({ ...deeper, path: join(one.path, deeper.path) }));
    empty.push(...left.map((path) => join(one.path, path)), ...(await fetchSubmodules(inner, code, root, options)));
  }
  return empty;
}

/** @returns its own submodules */
function fetchOne(submodule: Submodule, code: Owner, folder: string, options: CommitOptions): Promise<Submodules> {
  const { commit, path } = submodule;
  const token = isElsewhere(submodule, code) ? undefined : options.token;
  options.tell(`Fetching the submodule ${path}: ${nameOf(submodule)}.`);
  return withCommit(submodule, { ...options, token }, async (git, objects) => {
    await checkOut(git, { objects, commit, folder, index: join(objects, 'submodule'), patterns: conePatterns([]), cone: true });
    return readSubmodules(git, submodule, await listEntries(git, commit, []), folder);
  });
}

const isElsewhere = (submodule: Submodule, code: Owner): boolean =>
  new URL(submodule.repository).origin !== new URL(code.repository).origin;

/** Says which submodule couldn't be fetched. */
async function naming<Result>(submodule: Submodule, code: Owner, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isTributaryError(error)) throw error;
    const { path, repository } = submodule;
    const { host } = new URL(repository);
    const { status = 0 }: ErrorFacts = error.facts;
    const isPrivate = isElsewhere(submodule, code) && [401, 403, 404].includes(status);
    throw new TributaryError(
      error.code,
      isPrivate
        ? `The submodule ${path} of ${nameOf(code)} can't be fetched: ${host} has no ${repository} that can be read without a token (${status}). The token is for ${new URL(code.repository).host}, and no other host gets it. Move the submodule there, or copy its files into the repository.`
        : `The submodule ${path} of ${nameOf(code)} can't be fetched. ${messageOf(error)}`,
      { cause: error, facts: error.facts },
    );
  }
}
