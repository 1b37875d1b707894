import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { type Code, keyOf } from '../code.ts';

/** The key of a commit's folders, which leads to the key of their tree. */
export function commitKey({ repository, commit, directories, submodules = false, filesOnly = false }: Code): string {
  // No folder's name begins with a colon.
  return keyOf(repository, commit, ...directories, ...(submodules ? [':submodules'] : []), ...(filesOnly ? [':files'] : []));
}

/** @returns the key of the tree; undefined if the commit wasn't fetched, its link is damaged, or its tree was removed */
export function readCommit(store: string, id: string): string | undefined {
  try {
    return /^\.\.\/trees\/([\da-f]+)$/.exec(readlinkSync(join(store, 'commits', id)))?.[1];
  } catch {
    return undefined;
  }
}

/** Remembers the tree of a commit's folders, and what they are called: a key doesn't say so. The caller holds the commit's lock alone. */
export function writeCommit(store: string, code: Code, tree: string): void {
  const id = commitKey(code);
  place(join(store, 'names', id), (path) => writeFileSync(path, JSON.stringify(code)));
  place(join(store, 'commits', id), (path) => symlinkSync(`../trees/${tree}`, path));
}

function place(path: string, write: (temporary: string) => void): void {
  const temporary = `${path}.tmp`;
  // A killed process may have left it.
  rmSync(temporary, { force: true });
  write(temporary);
  renameSync(temporary, path);
}

const named = z.object({
  repository: z.url(),
  commit: z.string(),
  directories: z.array(z.string()),
  submodules: z.boolean().optional(),
  filesOnly: z.boolean().optional(),
});

/** Lists the code that is in the store, by the keys of the trees. */
export function listCode(store: string): Map<string, Code[]> {
  const found = readdirSync(join(store, 'commits')).map((id) => ({ tree: readCommit(store, id), code: readName(store, id) }));
  const known = found.flatMap(({ tree, code }) => (tree === undefined || !code ? [] : [{ tree, code }]));
  return new Map([...Map.groupBy(known, ({ tree }) => tree)].map(([tree, all]) => [tree, all.map(({ code }) => code)]));
}

/** @returns undefined if the name is damaged, or an older version of the store has written the code */
function readName(store: string, id: string): Code | undefined {
  try {
    const { submodules, filesOnly, ...code } = named.parse(JSON.parse(readFileSync(join(store, 'names', id), 'utf8')));
    return { ...code, ...(submodules ? { submodules } : {}), ...(filesOnly ? { filesOnly } : {}) };
  } catch {
    return undefined;
  }
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
