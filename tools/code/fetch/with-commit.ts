import { rmSync } from 'node:fs';

import type { Gate } from '@tributary/contract/gate';

import { type Code, nameOf } from '../code.ts';
import type { Caller } from '../hold/acquire.ts';
import { isDamaged } from './explain-failure.ts';
import { fetchCommit } from './fetch-commit.ts';
import type { RemoteOptions, RunGit } from './open-remote.ts';
import { withObjects } from './with-objects.ts';

export interface CommitOptions extends RemoteOptions, Caller {
  readonly store: string;
  /** lets one user of a repository in at a time in this process */
  readonly gateOf: (repository: string) => Gate;
}

/**
 * Runs git on the objects of the commit's repository, and fetches the commit first unless it is there. Objects that are damaged are removed and
 * fetched anew, once.
 */
export function withCommit<Result>(
  code: Pick<Code, 'repository' | 'commit'>,
  options: CommitOptions,
  work: (git: RunGit, objects: string) => Promise<Result>,
): Promise<Result> {
  const { repository } = code;
  return withObjects(repository, `fetching ${nameOf(code)}`, { ...options, gate: options.gateOf(repository) }, async (objects, lock) => {
    const fetchAndWork = async (): Promise<Result> => work(await fetchCommit(code, objects, lock, options), objects);
    try {
      return await fetchAndWork();
    } catch (error) {
      if (!isDamaged(error)) throw error;
      options.tell(`The code store has damaged objects of ${repository}. They are fetched anew: check the disk.`);
      rmSync(objects, { recursive: true, force: true });
      return fetchAndWork();
    }
  });
}
