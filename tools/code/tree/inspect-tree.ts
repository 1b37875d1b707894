import { open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

import { type Code, nameOf } from '../code.ts';

const pointer = 'version https://git-lfs.github.com/spec/';
/** A pointer of Git LFS has fewer bytes. */
const largestPointer = 1024;
/** Files that are imported or executed. A pointer in place of another file may never matter. */
const imported = /\.(?:[cm]?[jt]sx?|json|sql|py|ya?ml|node|wasm)$/;

/** What in a tree isn't what it looks like. Paths are relative to the tree. */
export interface Oddities {
  /** symbolic links that lead out of the tree */
  readonly links: readonly string[];
  /** symbolic links to what isn't in the tree */
  readonly dangling: readonly string[];
  /** files whose content is kept by Git LFS */
  readonly pointers: readonly string[];
}

/** Looks for links and pointers in a tree that was just checked out. @param root its real path */
export async function inspectTree(root: string): Promise<Oddities> {
  const [links, dangling, pointers]: [string[], string[], string[]] = [[], [], []];
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true });
    await Promise.all(
      entries.map(async (entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) await visit(path);
        else if (entry.isSymbolicLink()) {
          const real = await realpath(path).catch(() => undefined);
          // One link may lead out by way of another, so that only the real path shows it.
          const leaves = [resolve(dirname(path), await readlink(path)), real ?? root].some((target) => isOutside(relative(root, target)));
          if (leaves) links.push(relative(root, path));
          else if (real === undefined) dangling.push(relative(root, path));
        } else if (await isPointer(path)) pointers.push(relative(root, path));
      }),
    );
  };
  await visit(root);
  return { links: links.toSorted(), dangling: dangling.toSorted(), pointers: pointers.toSorted() };
}

function isOutside(way: string): boolean {
  return way === '..' || way.startsWith(`..${sep}`);
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
 * @throws `crashed` for links that leave the tree, and for pointers of Git LFS in place of code
 */
export function judgeTree(
  { links, dangling, pointers }: Oddities,
  submodules: readonly string[],
  code: Code,
  tell: (line: string) => void,
): void {
  if (links.length > 0)
    throw new TributaryError(
      'crashed',
      `${list(links)} in ${nameOf(code)} is a symbolic link that leaves the repository. A run only reads what its commit has: replace the link by the file.`,
    );
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
