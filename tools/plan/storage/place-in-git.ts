import { canonicalJson, type JsonObject } from '@tributary/contract/json';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import { placeholderFor, stepKinds } from '@tributary/contract/pull-step';

import { readClone } from '../merge/steps.ts';
import { directoriesOf } from './directories.ts';
import type { Stored, ToStore } from './storage.ts';

/** A commit that code is stored in. */
export interface CommitPlace {
  /** the repository's URL */
  readonly repository: string;
  /** the whole commit */
  readonly commit: string;
  /** the name of a secret with an access token */
  readonly token: string | undefined;
}

/**
 * Says how workers clone the code of a deployment. A deployment whose code hasn't changed keeps its older commit, so that nothing is sent, and
 * no scheduled run is lost.
 */
export function placeInGit(place: CommitPlace, { project, desired, closure }: ToStore, live: Deployment | undefined): Stored {
  const directories = directoriesOf(project.root, closure.files);
  const before = readClone(live?.pull_steps);
  // The clones of two machines may write one URL in two ways.
  const repository = before && isSameRepository(before.repository, place.repository) ? before.repository : place.repository;
  const storedAt = (commit: string, isNew: boolean): Stored => ({
    fields: { pull_steps: [stepOf({ ...place, repository, commit }, directories)], version: desired.request.version ?? commit },
    commit,
    isNew,
  });
  if (live && before?.commit_sha && isLive(live, before.commit_sha, closure.hash)) {
    const kept = storedAt(before.commit_sha, false);
    if (canonicalJson(kept.fields.pull_steps) === canonicalJson(live.pull_steps)) return kept;
  }
  return storedAt(place.commit, true);
}

/** Whether a deploy has stored this code at this commit. If somebody has changed the step since, its commit isn't that of the deploy. */
function isLive({ labels }: Deployment, commit: string, closure: string): boolean {
  return labels?.[labelNames.commit] === commit && labels[labelNames.closure] === closure;
}

function stepOf({ repository, commit, token }: CommitPlace, directories: readonly string[]): JsonObject {
  return {
    [stepKinds.gitClone]: {
      repository,
      commit_sha: commit,
      directories,
      ...(token === undefined ? {} : { access_token: placeholderFor(token) }),
    },
  };
}

function isSameRepository(one: string, other: string): boolean {
  const [first, second] = [one, other].map((url) => url.replace(/\/+$/, '').replace(/\.git$/, ''));
  return first === second;
}
