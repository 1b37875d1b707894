import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

import { addLayers, type Found } from './add-layers.ts';
import { type Code, nameOf } from './code.ts';
import { type CommitOptions, withCommit } from './fetch/with-commit.ts';
import { acquire } from './hold/acquire.ts';
import { lockPath } from './hold/layer.ts';
import { removeFolder } from './hold/remove-folder.ts';
import { checkEngines, readLockfile } from './packages/lockfile.ts';
import { checkOut } from './tree/check-out.ts';
import { commitKey, isWhole, readCommit } from './tree/commits.ts';
import { inspectTree, judgeTree } from './tree/inspect-tree.ts';
import { fetchSubmodules } from './tree/fetch-submodules.ts';
import { type Entry, listEntries } from './tree/list-entries.ts';
import { findSubmodules, readSubmodules } from './tree/read-submodules.ts';
import { conePatterns, parentsOf } from './tree/sparse-patterns.ts';

/** Makes the layers of code unless they exist. All others who want the same code on this machine wait meanwhile. */
export async function makeCode(code: Code, options: CommitOptions): Promise<void> {
  const { store, tell } = options;
  const id = commitKey(code);
  const work = join(store, 'work', id);
  const what = `fetching ${nameOf(code)}`;
  const lock = await acquire(lockPath(store, 'commits', id), what, options);
  const holds: (() => void)[] = [];
  try {
    if (isWhole(store, readCommit(store, id))) return;
    tell(`Fetching ${nameOf(code)}.`);
    await removeFolder(work);
    mkdirSync(work);
    const found = await find(code, work, options);
    const { wanted, left } = found.submodules;
    const empty = [...left, ...(await fetchSubmodules(wanted, code, work, options))];
    judgeTree(await inspectTree(work), empty, code, tell);
    await addLayers(code, work, found, options, holds);
  } finally {
    for (const release of holds) release();
    await removeFolder(work).catch(() => undefined);
    lock.release();
  }
}

/** Fetches the commit and checks out what is needed of it. */
function find(code: Code, work: string, options: CommitOptions): Promise<Found> {
  return withCommit(code, options, async (git, objects) => {
    const { commit, directories, submodules = false, filesOnly = false } = code;
    await checkOut(git, { objects, commit, folder: work, index: `${work}.index`, patterns: conePatterns(directories), cone: true });
    const hasLockfile = !filesOnly && existsSync(join(work, 'package-lock.json'));
    const lockfile = hasLockfile ? readLockfile(readFileSync(join(work, 'package-lock.json'), 'utf8'), code) : undefined;
    if (lockfile) checkEngines(lockfile, process.versions.node, code);
    const files = ['', ...parentsOf(directories)].flatMap((folder) => listFiles(work, folder));
    const paths = directories.length === 0 ? [] : [...directories, ...files, ...(lockfile?.framework ?? [])];
    const entries = await listEntries(git, commit, paths);
    const absent = lockfile?.framework.find((folder) => !entries.some(({ path, kind }) => path === folder && kind === 'folder'));
    if (absent !== undefined)
      throw new TributaryError(
        'not_found',
        `There is no folder ${absent} in ${nameOf(code)}, which its package-lock.json names. Commit the folder, or run npm install and commit the lockfile. A submodule can't hold it.`,
      );
    const isFolder = ({ kind }: Entry): boolean => kind === 'folder' || (kind === 'submodule' && submodules);
    const missing = directories.find((directory) => !entries.some((entry) => entry.path === directory && isFolder(entry)));
    if (missing !== undefined)
      throw new TributaryError(
        'not_found',
        `There is no folder ${missing} in ${nameOf(code)}. If it was renamed or removed, deploy again from a newer commit.`,
      );
    const parts = new Set(directories.length === 0 ? readdirSync(work) : [...directories, ...files]);
    return {
      lockfile,
      tree: entries.filter(({ path }) => parts.has(path)),
      framework: entries.filter(({ path }) => lockfile?.framework.includes(path)),
      submodules: submodules
        ? await readSubmodules(git, code, entries, work)
        : { wanted: [], left: findSubmodules(entries, work).map(({ path }) => path) },
    };
  });
}

function listFiles(root: string, folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  const files = readdirSync(path, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return files.map(({ name }) => (folder ? `${folder}/${name}` : name));
}
