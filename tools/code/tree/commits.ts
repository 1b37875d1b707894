import { existsSync, lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { type Code, keyOf } from '../code.ts';

/** The key of a commit's folders, which leads to the key of their tree. */
export function commitKey({ repository, commit, directories, submodules = false, filesOnly = false }: Code): string {
  // No folder's name begins with a colon.
  return keyOf(repository, commit, ...directories, ...(submodules ? [':submodules'] : []), ...(filesOnly ? [':files'] : []));
}

/** @returns the key of the tree; undefined if the commit wasn't fetched, or its tree was removed */
export function readCommit(store: string, id: string): string | undefined {
  try {
    return readlinkSync(join(store, 'commits', id))
      .split('/')
      .at(-1);
  } catch {
    return undefined;
  }
}

/** Remembers a commit's tree. The caller holds the commit's lock alone. */
export function writeCommit(store: string, id: string, tree: string): void {
  const path = join(store, 'commits', id);
  const temporary = `${path}.tmp`;
  // A killed process may have left it.
  rmSync(temporary, { force: true });
  symlinkSync(`../trees/${tree}`, temporary);
  renameSync(temporary, path);
}

/** True if a tree is there with all layers that it links to. This only looks at a few files, so it may be called for each run. */
export function isWhole(store: string, tree: string | undefined): boolean {
  if (tree === undefined) return false;
  const root = join(store, 'trees', tree);
  // The path must not be joined: ".." is the folder above the one that the link leads to.
  const linked = { node_modules: '/node_modules/../.packages/package.json', '.venv': '/.venv/.complete' };
  return existsSync(root) && Object.entries(linked).every(([name, target]) => !isLink(join(root, name)) || existsSync(`${root}${target}`));
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
