import { folderField, storageField } from '@tributary/contract/nouns/plan';
import { type GitClone, type PullStep, pullStep, stepKinds } from '@tributary/contract/pull-step';
import { shortHash } from '@tributary/contract/short-hash';

import { type Difference, jsonChanges, shorten, textChanges } from './json-changes.ts';
import { isEqual } from './normal.ts';

type Steps = readonly unknown[];

/** What decides about the version of a deployment. */
interface Versioned {
  readonly version?: string | null | undefined;
  readonly pull_steps?: Steps | null | undefined;
}

/**
 * Compares pull steps, in words. The same code in another folder, for example in another clone, is one change of {@link folderField}, and
 * another storage is one change of {@link storageField}.
 */
export function stepChanges(live: Steps, code: Steps): Difference[] {
  const [before, after] = [onlyStep(live), onlyStep(code)];
  const [from, to] = [storageText(before), storageText(after)];
  if (from === undefined || to === undefined) return jsonChanges('pull_steps', live, code);
  const [folderBefore, folderAfter] = [folderIn(before), folderIn(after)];
  if (folderBefore !== undefined && folderAfter !== undefined) return textChanges(folderField, folderBefore, folderAfter);
  const [cloneBefore, cloneAfter] = [cloneIn(before), cloneIn(after)];
  if (!cloneBefore || !cloneAfter) return [{ field: storageField, from: shorten(from), to: shorten(to) }];
  const changes = cloneChanges(cloneBefore, cloneAfter);
  return changes.length > 0 ? changes : jsonChanges('pull_steps', live, code);
}

/** Reads the step of a deployment whose code is cloned from a repository. @returns undefined if it has other steps, or further ones */
export function readClone(steps: Steps | null | undefined): GitClone | undefined {
  return cloneIn(onlyStep(steps ?? []));
}

/** Reads the folder of a deployment whose code workers read where it stands. @returns undefined if it has other steps, or further ones */
export function readFolder(steps: Steps | null | undefined): string | undefined {
  return folderIn(onlyStep(steps ?? []));
}

/** Whether a version changes only because the code is stored elsewhere: without another version, it is the commit. */
export function hasVersionOfCode(live: Versioned, code: Versioned): boolean {
  return !isEqual(live.pull_steps ?? [], code.pull_steps ?? []) && [live, code].every(isVersionOfCode);
}

function isVersionOfCode({ version, pull_steps: steps }: Versioned): boolean {
  return !version || version === readClone(steps)?.commit_sha;
}

function cloneChanges(from: GitClone, to: GitClone): Difference[] {
  const texts = (field: string, print: (clone: GitClone) => string | undefined) => textChanges(field, print(from), print(to));
  return [
    ...texts('repository', ({ repository }) => repository),
    ...texts('commit', revisionText),
    ...texts('directories', ({ directories }) => directories?.join(', ')),
    ...texts('token', ({ access_token: secret }) => secret ?? undefined),
    ...texts('submodules', ({ include_submodules: included }) => (included ? 'included' : undefined)),
  ];
}

function revisionText({ commit_sha: commit, branch }: GitClone): string {
  if (commit) return shortHash(commit);
  return branch ? `branch ${branch}` : 'the default branch';
}

/** @returns undefined if the steps can't be said in words */
function storageText(step: PullStep | undefined): string | undefined {
  const [folder, clone] = [folderIn(step), cloneIn(step)];
  if (folder !== undefined) return `folder ${folder}`;
  return clone && `${clone.commit_sha ? 'commit ' : ''}${revisionText(clone)} of ${clone.repository}`;
}

function onlyStep(steps: Steps): PullStep | undefined {
  const parsed = steps.length === 1 ? pullStep.safeParse(steps[0]) : undefined;
  return parsed?.data;
}

function folderIn(step: PullStep | undefined): string | undefined {
  return step && stepKinds.localFolder in step ? step[stepKinds.localFolder].root : undefined;
}

function cloneIn(step: PullStep | undefined): GitClone | undefined {
  return step && stepKinds.gitClone in step ? step[stepKinds.gitClone] : undefined;
}
