import { join } from 'node:path/posix';

import type { ChangedCode } from '@tributary/contract/nouns/plan';

import { compareParts } from '../closure/changed-since.ts';
import { readBlobs } from '../closure/commit-tree.ts';
import { git, records } from '../closure/git.ts';
import type { Closure, Code } from '../closure/open-code.ts';
import type { SharedFinding } from '../closure/part.ts';
import { codeInLfs, codeInSubmodule, uncommittedCode } from './findings.ts';
import type { ToStore } from './storage.ts';

interface Given {
  readonly code: Code;
  /** the whole commit */
  readonly commit: string;
  /** the files whose content Git LFS keeps */
  readonly pointers: ReadonlySet<string>;
}

/** Finds files of a deployment's code that workers would not get from a commit. */
export async function findCodeOutside(one: ToStore, { code, commit, pointers }: Given): Promise<SharedFinding[]> {
  const { project, desired, closure } = one;
  const then = await (await code.at(commit))?.closure(project.root, desired.inputs);
  const differing = then ? differences(then, closure, code) : ['the commit could not be read'];
  const uncommitted = differing.length > 0 ? differing : strayEntry(one);
  const files = [...closure.files].toSorted();
  const submodules = new Set(files.flatMap((file) => code.submodule(file) ?? []));
  const kept = files.filter((file) => pointers.has(file));
  return [
    ...(uncommitted.length > 0 ? [uncommittedCode(project.root, commit, uncommitted)] : []),
    ...(submodules.size > 0 ? [codeInSubmodule(project.root, [...submodules])] : []),
    ...(kept.length > 0 ? [codeInLfs(project.root, kept)] : []),
  ];
}

/** Lists what differs, in words. Files in submodules have a finding of their own. */
function differences(then: Closure, now: Closure, code: Code): string[] {
  if (then.hash === now.hash) return [];
  const changes = compareParts(then.parts, now.parts).filter(({ path }) => code.submodule(path) === undefined);
  return changes.map(({ path, change }) => `${path} ${words[change]}`);
}

/** The file of the flow, if git doesn't know it: then it is in neither of two closures that are equal. */
function strayEntry({ project, desired: { request }, closure }: ToStore): string[] {
  const entry = join(project.root, request.entrypoint?.replace(/:[^:]*$/, '') ?? '');
  return closure.files.has(entry) ? [] : [`${entry} isn't in it`];
}

const words: Readonly<Record<ChangedCode['change'], string>> = {
  added: "isn't in it",
  changed: 'was changed',
  removed: 'was removed',
};

/** Lists the files whose content Git LFS keeps, so that the repository has only pointers to them. */
export async function listPointers(root: string): Promise<ReadonlySet<string>> {
  const listed = await git(root, ['ls-files', '-z', '--stage', ':(attr:filter=lfs)']);
  // Lines such as `100644 <id> 0\t<path>`.
  const files = (listed.ok ? records(listed.output) : []).map((line) => {
    const tab = line.indexOf('\t');
    return { path: line.slice(tab + 1), id: line.slice(0, tab).split(' ')[1] ?? '' };
  });
  const texts = await readBlobs(root, files);
  return new Set(files.flatMap(({ path }) => (texts?.get(path)?.startsWith(pointerStart) ? [path] : [])));
}

const pointerStart = 'version https://git-lfs.github.com/spec/';
