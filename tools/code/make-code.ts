import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

import { type Code, keyOf, nameOf } from './code.ts';
import { type CommitOptions, withCommit } from './fetch/with-commit.ts';
import { linkNested, linkPackages, packagesLink } from './framework/link-packages.ts';
import { acquire, type Lock } from './hold/acquire.ts';
import { ensureLayer } from './hold/ensure-layer.ts';
import { lockPath } from './hold/layer.ts';
import { removeFolder } from './hold/remove-folder.ts';
import { installPackages, packagesKey } from './packages/install-packages.ts';
import { installPython, pythonKey } from './packages/install-python.ts';
import { checkEngines, integrations, type Lockfile, readLockfile } from './packages/lockfile.ts';
import { checkOut } from './tree/check-out.ts';
import { commitKey, isWhole, readCommit, writeCommit } from './tree/commits.ts';
import { inspectTree, judgeTree } from './tree/inspect-tree.ts';
import { fetchSubmodules } from './tree/fetch-submodules.ts';
import { type Entry, listEntries } from './tree/list-entries.ts';
import { findSubmodules, readSubmodules, type Submodules } from './tree/read-submodules.ts';
import { conePatterns, folderPatterns, parentsOf } from './tree/sparse-patterns.ts';

/** What was found out about a commit while its repository was locked. */
interface Found {
  readonly lockfile: Lockfile | undefined;
  /** what the tree consists of */
  readonly tree: readonly Entry[];
  /** the folders of the framework */
  readonly framework: readonly Entry[];
  readonly submodules: Submodules;
}

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

/** Makes the layers from the inside out: packages, framework, Python, the tree. Each is held until the next one links to it. */
async function addLayers(code: Code, work: string, found: Found, options: CommitOptions, holds: (() => void)[]): Promise<void> {
  const { store, env, signal, tell } = options;
  const install = (lock: Lock) => ({ code, env, tree: work, lock, signal });
  const { lockfile } = found;
  let framework: string | undefined;
  if (lockfile) {
    const packages = { store, kind: 'packages', key: packagesKey(work, lockfile, code) } as const;
    const installing = `installing the packages of ${nameOf(code)}`;
    const fill = async (folder: string, lock: Lock): Promise<void> => {
      tell(`Installing the packages of ${nameOf(code)}.`);
      await installPackages(folder, lockfile, install(lock));
    };
    holds.push(await ensureLayer(packages, installing, options, fill));
    framework = keyOf('framework 1', packages.key, ...found.framework.map(({ id, path }) => `${id} ${path}`));
    const layer = { store, kind: 'frameworks', key: framework } as const;
    const checkOutFramework = async (folder: string): Promise<void> => {
      const patterns = folderPatterns(lockfile.framework);
      if (lockfile.framework.length > 0)
        await withCommit(code, options, (git, objects) =>
          checkOut(git, { objects, commit: code.commit, folder, index: `${folder}.index`, patterns, cone: false }),
        );
      linkPackages(folder, `../../packages/${packages.key}`, lockfile.framework);
    };
    holds.push(await ensureLayer(layer, `making the framework of ${nameOf(code)}`, options, checkOutFramework));
  }
  const python = code.filesOnly ? undefined : pythonKey(work);
  if (python !== undefined) {
    const installing = `installing the Python packages of ${nameOf(code)}`;
    const fill = async (folder: string, lock: Lock): Promise<void> => {
      tell(`Installing the Python packages of ${nameOf(code)}.`);
      await installPython(folder, install(lock));
    };
    holds.push(await ensureLayer({ store, kind: 'python', key: python }, installing, options, fill));
  }
  const parts = found.tree.map(({ id, path, mode }) => `${mode} ${id} ${path}`);
  const filled = found.submodules.wanted.length > 0 ? ['with submodules'] : [];
  const key = keyOf('tree 2', framework ?? '', python ?? '', ...parts, ...filled);
  const place = async (folder: string): Promise<void> => {
    rmdirSync(folder);
    renameSync(work, folder);
    refuseInstalled(folder, code);
    if (framework !== undefined) {
      symlinkSync(`../../frameworks/${framework}/node_modules`, join(folder, 'node_modules'));
      if (existsSync(join(folder, integrations))) linkNested(folder, integrations, `../../../frameworks/${framework}/${packagesLink}`);
    }
    if (python !== undefined) symlinkSync(`../../python/${python}`, join(folder, '.venv'));
  };
  holds.push(await ensureLayer({ store, kind: 'trees', key }, `making the tree of ${nameOf(code)}`, options, place));
  if (!isWhole(store, key))
    throw new TributaryError(
      'storage',
      `The code store ${store} is damaged: a layer of ${nameOf(code)} lacks files. Run "npx tributary code verify --repair": it removes damaged layers, and the next run makes them anew.`,
    );
  writeCommit(store, code, key);
}

/**
 * A commit's own `node_modules` or `.venv` would hide its framework or its dbt. In code whose packages aren't installed, only a link is in the
 * way: it would be taken for one to another layer.
 */
function refuseInstalled(folder: string, code: Code): void {
  const found = ['node_modules', `${integrations}/node_modules`, '.venv'].find((path) => {
    const entry = lstatSync(join(folder, path), { throwIfNoEntry: false });
    return entry !== undefined && (!code.filesOnly || entry.isSymbolicLink());
  });
  if (found !== undefined)
    throw new TributaryError(
      'crashed',
      `${nameOf(code)} has ${found}. Packages come from package-lock.json and requirements.txt: git rm -r --cached ${found}.`,
    );
}
