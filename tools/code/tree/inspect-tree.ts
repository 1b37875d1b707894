import { existsSync } from 'node:fs';
import { lstat, open, readdir, readlink, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import { createGate, through } from '@tributary/contract/gate';

import { type Code, nameOf } from '../code.ts';

const pointer = 'version https://git-lfs.github.com/spec/';
/** A pointer of Git LFS has fewer bytes. */
const largestPointer = 1024;
/** Files that are imported or executed. A pointer in place of another file may never matter. */
const imported = /\.(?:[cm]?[jt]sx?|json|sql|py|ya?ml|node|wasm)$/;

/** How many files are open at a time. A process may have some thousand open, a tree may have more. */
const lanes = 16;

/** What in a tree isn't what it looks like. Paths are relative to the tree. */
export interface Oddities {
  /** symbolic links that lead out of the tree */
  readonly links: readonly string[];
  /** symbolic links to what isn't in the tree */
  readonly dangling: readonly string[];
  /** files whose content is kept by Git LFS */
  readonly pointers: readonly string[];
  /** files and folders that can't be found by their names, because these aren't UTF-8 */
  readonly unreadable: readonly string[];
}

/** Looks for links and pointers in a tree that was just checked out. @param root its real path */
export async function inspectTree(root: string): Promise<Oddities> {
  const [links, dangling, pointers, unreadable]: [string[], string[], string[], string[]] = [[], [], [], []];
  const gate = createGate(lanes);
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true });
    await Promise.all(
      entries.map(async (entry) => {
        const path = join(folder, entry.name);
        if (!(await isReadable(path))) unreadable.push(relative(root, path));
        else if (entry.isDirectory()) await visit(path);
        else if (entry.isSymbolicLink()) {
          const target = await follow(root, path);
          if (target === undefined) links.push(relative(root, path));
          else if (!existsSync(target)) dangling.push(relative(root, path));
        } else if (await through(gate, () => isPointer(path))) pointers.push(relative(root, path));
      }),
    );
  };
  await visit(root);
  return {
    links: links.toSorted(),
    dangling: dangling.toSorted(),
    pointers: pointers.toSorted(),
    unreadable: unreadable.toSorted(),
  };
}

/** Whether a file is found by the name that Node reads: it replaces each byte that isn't UTF-8. */
async function isReadable(path: string): Promise<boolean> {
  if (!path.includes('\uFFFD')) return true;
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** The kernel follows no more links than this on one path. */
const mostLinks = 40;

/**
 * Finds what a link leads to, as the kernel does: `..` after another link goes up from where that link leads to.
 * @param path of the link, in a folder without links in its path
 * @returns a path; for a circle of links one that can't be opened; undefined if the way leaves the tree
 */
async function follow(root: string, path: string, passed = { links: 0 }): Promise<string | undefined> {
  if ((passed.links += 1) > mostLinks) return path;
  const text = await readlink(path);
  if (isAbsolute(text)) return undefined;
  let at: string | undefined = dirname(path);
  for (const part of text.split('/')) {
    at = join(at, part);
    if (at !== root && !at.startsWith(root + sep)) return undefined;
    const found = await lstat(at).catch(() => undefined);
    if (found?.isSymbolicLink()) at = await follow(root, at, passed);
    if (at === undefined) return undefined;
  }
  return at;
}

async function isPointer(path: string): Promise<boolean> {
  const { size } = await stat(path);
  if (size < pointer.length || size >= largestPointer) return false;
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(pointer.length), 0, pointer.length, 0);
    return buffer.toString('latin1') === pointer;
  } finally {
    await file.close();
  }
}

/**
 * Refuses a tree that would run something else than its commit, and tells what is missing in it.
 * @param submodules the paths of submodules that weren't fetched
 * @throws `crashed` for links that leave the tree, names that aren't UTF-8, and pointers of Git LFS in place of code
 */
export function judgeTree(
  { links, dangling, pointers, unreadable }: Oddities,
  submodules: readonly string[],
  code: Code,
  tell: (line: string) => void,
): void {
  if (links.length > 0)
    throw new TributaryError(
      'crashed',
      `${list(links)} in ${nameOf(code)} is a symbolic link that leaves the repository. A run only reads what its commit has: replace the link by the file.`,
    );
  if (unreadable.length > 0)
    throw new TributaryError('crashed', `${list(unreadable)} in ${nameOf(code)} has a name that isn't UTF-8. Rename it: git mv.`);
  const scripts = pointers.filter((path) => imported.test(path));
  if (scripts.length > 0)
    throw new TributaryError(
      'crashed',
      `${list(scripts)} in ${nameOf(code)} is a pointer of Git LFS, whose files aren't fetched. Store code in git itself: git lfs migrate export --include="${scripts[0]}".`,
    );
  if (pointers.length > 0) tell(`Pointers of Git LFS stand in place of these files, which aren't fetched: ${list(pointers)}.`);
  if (dangling.length > 0) tell(`These links lead to files that aren't in the fetched folders: ${list(dangling)}.`);
  if (submodules.length > 0) tell(`These folders are empty, because these submodules aren't fetched: ${list(submodules)}.`);
}

function list(paths: readonly string[]): string {
  return paths.length > 5 ? `${paths.slice(0, 5).join(', ')} and ${paths.length - 5} more` : paths.join(', ');
}
