import { join } from 'node:path/posix';

import type { ChangedCode } from '@tributary/contract/nouns/plan';

import { compareParts } from '../closure/changed-since.ts';
import { git, records } from '../closure/git.ts';
import type { Closure, Code } from '../closure/open-code.ts';
import type { SharedFinding } from '../closure/part.ts';
import { codeInLfs, codeInSubmodule, uncommittedCode } from './findings.ts';
import type { ToStore } from './storage.ts';

/** Finds files of a deployment's code that workers would not get from a commit. */
export async function findCodeOutside(
  { project, desired, closure }: ToStore,
  { code, commit, lfsFiles }: { readonly code: Code; readonly commit: string; readonly lfsFiles: () => Promise<ReadonlySet<string>> },
): Promise<SharedFinding[]> {
  const { root } = project;
  const then = await (await code.at(commit))?.closure(root, desired.inputs);
  const uncommitted = then ? differences(then, closure) : ['the commit could not be read'];
  const entry = join(root, desired.request.entrypoint?.replace(/:[^:]*$/, '') ?? '');
  const missed = closure.files.has(entry) || uncommitted.length > 0 ? [] : [`${entry} isn't in git`];
  const submodules = [...new Set([...closure.files].flatMap((file) => code.submodule(file) ?? []))].toSorted();
  const inLfs = await lfsFiles();
  const pointers = [...closure.files].filter((file) => inLfs.has(file)).toSorted();
  return [
    ...(uncommitted.length + missed.length > 0 ? [uncommittedCode(root, commit, [...uncommitted, ...missed])] : []),
    ...(submodules.length > 0 ? [codeInSubmodule(root, submodules)] : []),
    ...(pointers.length > 0 ? [codeInLfs(root, pointers)] : []),
  ];
}

function differences(then: Closure, now: Closure): string[] {
  return then.hash === now.hash ? [] : compareParts(then.parts, now.parts).map(({ path, change }) => `${path} ${words[change]}`);
}

const words: Readonly<Record<ChangedCode['change'], string>> = {
  added: "isn't in it",
  changed: 'was changed',
  removed: 'was removed',
};

/** Lists the files whose content Git LFS keeps, so that the repository has only pointers to them. */
export async function listLfsFiles(root: string): Promise<ReadonlySet<string>> {
  const listed = await git(root, ['ls-files', '-z', ':(attr:filter=lfs)']);
  return new Set(listed.ok ? records(listed.output) : []);
}
