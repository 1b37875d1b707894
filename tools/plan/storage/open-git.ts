import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Finding } from '@tributary/contract/nouns/plan';
import { once } from '@tributary/contract/once';
import type { StorageSettings } from '@tributary/flow/engine';

import { findLeftBehind } from '../closure/history.ts';
import { liveCommits } from '../closure/live-commits.ts';
import type { Code } from '../closure/open-code.ts';
import type { SharedFinding } from '../closure/part.ts';
import { findCodeOutside, findLockfile, listPointers } from './find-code-outside.ts';
import { findRepository } from './find-repository.ts';
import { type Asked, findWhyUnfetchable } from './find-why-unfetchable.ts';
import { unusableRepository } from './findings.ts';
import { type CommitPlace, placeInGit } from './place-in-git.ts';
import { folderStorage, type Storage, type ToStore } from './storage.ts';

interface Options extends Asked {
  /** the workspace */
  readonly root: string;
  readonly code: Code;
  readonly settings: StorageSettings;
}

/** Stores code in a repository, at the commit that the work tree is at. */
export async function openGit(options: Options): Promise<Storage> {
  const { root, code, settings } = options;
  const [found, commit] = await Promise.all([findRepository(root, settings.repository), code.head()]);
  if ('reason' in found) return folderStorage(code, unusableRepository(found.reason));
  if (commit === undefined)
    return folderStorage(code, unusableRepository('This repository has no commit yet, so there is no code to fetch. Commit and push it.'));
  const place: CommitPlace = { repository: found.url, commit, token: settings.token };
  const findAmong = once((commits: readonly string[]) => findLeftBehind(root, commit, commits), JSON.stringify);
  // All live commits are looked up at once, because each deployment may have another one.
  const leftBehind = once((live: ReadonlyMap<string, Deployment>) => findAmong(liveCommits(live.values())));
  const factsOf = once(async (folder: string) => {
    const [hasLockfile, pointers] = await Promise.all([findLockfile(folder, commit), listPointers(folder)]);
    return { hasLockfile, pointers };
  });
  const whyUnfetchable = once((one: CommitPlace) => findWhyUnfetchable(one, options), JSON.stringify);
  const findOutside = async (deployments: readonly ToStore[]): Promise<SharedFinding[][]> => {
    const given = { code, commit, ...(await factsOf(root)) };
    return Promise.all(deployments.map((one) => findCodeOutside(one, given)));
  };
  return {
    problem: null,
    async place(one, live) {
      const stored = placeInGit(place, one, live.get(one.desired.name));
      // A server may drop a commit that was amended or rebased away. Workers could then no longer fetch it.
      const isKept = !stored.isNew && stored.commit !== undefined;
      return isKept && (await leftBehind(live)).has(stored.commit) ? placeInGit(place, one, undefined) : stored;
    },
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
