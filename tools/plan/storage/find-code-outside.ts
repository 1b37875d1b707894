import { basename, join } from 'node:path/posix';

import type { ChangedCode } from '@tributary/contract/nouns/plan';

import { compareParts } from '../closure/changed-since.ts';
import { readBlobs } from '../closure/commit-tree.ts';
import { git, records } from '../closure/git.ts';
import type { Closure, Code } from '../closure/open-code.ts';
import type { SharedFinding } from '../closure/part.ts';
import { codeInLfs, codeInSubmodule, list, uncommittedCode } from './findings.ts';
import type { ToStore } from './storage.ts';

interface Given {
  readonly code: Code;
  /** the whole commit */
  readonly commit: string;
  /** whether the commit has a lockfile, by which workers install packages */
  readonly hasLockfile: boolean;
  /** the files whose content Git LFS keeps */
  readonly pointers: ReadonlySet<string>;
}

/** Finds files of a deployment's code that workers would not get from a commit. */
export async function findCodeOutside(one: ToStore, { code, commit, hasLockfile, pointers }: Given): Promise<SharedFinding[]> {
  const { project, desired, closure } = one;
  const then = await code.at(commit);
  const changes = then
    ? differences(await then.closure(project.root, desired.inputs), closure, { committed: then, now: code })
    : ['the commit could not be read'];
  const uncommitted = hasLockfile ? changes : [`${lockfile} ${words.added}`];
  const unknown = uncommitted.length > 0 ? uncommitted : strayFiles(one);
  const files = [...closure.files].toSorted();
  const submodules = new Set(files.flatMap((file) => code.submodule(file) ?? []));
  const kept = files.filter((file) => pointers.has(file));
  return [
    ...(unknown.length > 0 ? [uncommittedCode(project.root, commit, unknown)] : []),
    ...(submodules.size > 0 ? [codeInSubmodule(project.root, [...submodules])] : []),
    ...(kept.length > 0 ? [codeInLfs(project.root, kept)] : []),
  ];
}

/** Lists what differs, in words. Files in submodules have a finding of their own. */
function differences(before: Closure, now: Closure, trees: Trees): string[] {
  if (before.hash === now.hash) return [];
  const compared = compareParts(before.parts, now.parts);
  const different = compared.flatMap((one) => compareTrees(one, now, trees));
  // If both trees have each part, a package lies in another folder, so that others load it.
  const changes = (different.length > 0 ? different : compared).filter(({ path }) => trees.now.submodule(path) === undefined);
  const packages = changes.filter(({ path }) => isPackage(path)).map(({ path }) => path);
  return [
    ...changes.filter(({ path }) => !isPackage(path)).map(({ path, change }) => `${path} ${words[change]}`),
    ...(packages.length > 0 ? [`${lockfile} ${words.changed} (${list(packages)})`] : []),
  ];
}

interface Trees {
  readonly committed: Pick<Code, 'hashes'>;
  readonly now: Pick<Code, 'hashes' | 'submodule'>;
}

/** A part that only one closure has may be in both trees: another file was changed, and imports it now, or no longer does. */
function compareTrees({ path, change, way }: ChangedCode, { parts }: Closure, { committed, now }: Trees): ChangedCode[] {
  if (change === 'removed') return now.hashes(path).length > 0 ? [] : [{ path, change, way }];
  const hashes = committed.hashes(path);
  if (hashes.includes(parts.get(path)?.hash ?? '')) return [];
  return [{ path, change: hashes.length > 0 ? 'changed' : change, way }];
}

/** Whether a part of a closure is a package, such as `zod@4.6.7`. */
function isPackage(part: string): boolean {
  return /^(?:@[^/]+\/)?[^/]+@[^/]+$/.test(part);
}

/** The file of the deployment, or of its flow, if git doesn't know it. It is then in neither of two closures that are equal. */
function strayFiles({ project, desired: { source, request }, closure }: ToStore): string[] {
  const files = [basename(source.file), request.entrypoint?.replace(/:[^:]*$/, '') ?? ''].map((file) => join(project.root, file));
  return files
    .filter((file) => !closure.files.has(file))
    .slice(0, 1)
    .map((file) => `${file} ${words.added}`);
}

const lockfile = 'package-lock.json';
const words: Readonly<Record<ChangedCode['change'], string>> = {
  added: "isn't in it",
  changed: 'was changed',
  removed: 'was removed',
};

/** Whether a commit has a lockfile. */
export async function findLockfile(root: string, commit: string): Promise<boolean> {
  return (await git(root, ['cat-file', '-e', `${commit}:${lockfile}`])).ok;
}

/** Lists the files whose content Git LFS keeps, so that the repository has only pointers to them. */
export async function listPointers(root: string): Promise<ReadonlySet<string>> {
  const listed = await git(root, ['ls-files', '-z', '--stage', ':(attr:filter=lfs)']);
  // Lines such as `100644 <id> 0\t<path>`.
  const files = (listed.ok ? records(listed.output) : []).map((line) => {
    const tab = line.indexOf('\t');
    return { path: line.slice(tab + 1), id: line.slice(0, tab).split(' ')[1] ?? '' };
  });
  const texts = await readBlobs(root, files);
  return new Set(files.flatMap(({ path }) => (texts?.get(path)?.toString().startsWith(pointerStart) ? [path] : [])));
}

const pointerStart = 'version https://git-lfs.github.com/spec/';
