import { existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { createGate } from '@tributary/contract/gate';
import { once } from '@tributary/contract/once';

import { checkCode, type Code, keyOf, nameOf } from './code.ts';
import { type CommitOptions, withCommit } from './fetch/with-commit.ts';
import { linkNested, linkPackages, packagesLink } from './framework/link-packages.ts';
import { acquire, type Caller } from './hold/acquire.ts';
import { lockPath } from './hold/layer.ts';
import { removeFolder } from './hold/remove-folder.ts';
import { ensurePackages } from './packages/ensure-installed.ts';
import { checkEngines, integrations, type Lockfile, readLockfile } from './packages/lockfile.ts';
import { explainingDisk } from './place/explain-disk.ts';

/** A clone of a repository at a commit, in which the commands of that commit's own framework can run. */
export interface Clone {
  readonly root: string;
  /** the folders of the packages that were asked for, by name. A package that the commit doesn't have is left out */
  readonly folders: ReadonlyMap<string, string>;
  /** removes the clone */
  release(): Promise<void>;
}

export interface CloneOptions extends Partial<Caller> {
  readonly env: NodeJS.ProcessEnv;
  /** an access token for the repository */
  readonly token: string | undefined;
  /** how long to try a server that is away or busy, in seconds */
  readonly patience: number;
  /** the packages of the workspace whose own packages are installed, besides those of integrations */
  readonly packages: readonly string[];
  /** the folder `objects` of another repository on this machine, which has the commit with all commits before it; git finds them there */
  readonly history: string | undefined;
  /** files on this machine, by the names at which the clone has links to them, unless the commit has such files */
  readonly links: ReadonlyMap<string, string>;
}

/** A transfer that is slower than 1 kB/s for so many seconds is given up, and tried again. */
const stallSeconds = 30;

type Options = CloneOptions & CommitOptions;

/**
 * Makes a clone in the store, with all files of the commit and with the packages of its own lockfile.
 * @throws as a take does
 */
export function openClone(
  { dir }: { readonly dir: string },
  wanted: Pick<Code, 'repository' | 'commit'>,
  asked: CloneOptions,
): Promise<Clone> {
  return explainingDisk(() => makeClone(dir, wanted, asked));
}

async function makeClone(store: string, wanted: Pick<Code, 'repository' | 'commit'>, asked: CloneOptions): Promise<Clone> {
  const code = checkCode({ ...wanted, directories: [] });
  const options = {
    store,
    stallSeconds,
    signal: new AbortController().signal,
    tell: () => undefined,
    ...asked,
    gateOf: once(() => createGate(1)),
  };
  const id = keyOf('clone', code.repository, code.commit);
  const root = join(store, 'work', id);
  const lock = await acquire(lockPath(store, 'commits', id), `running a command of ${nameOf(code)}`, options);
  const holds: (() => void)[] = [];
  const release = async (): Promise<void> => {
    for (const end of holds) end();
    await removeFolder(root).catch(() => undefined);
    lock.release();
  };
  try {
    await removeFolder(root);
    options.tell(`Fetching ${nameOf(code)}.`);
    await checkOutAll(code, root, options);
    const lockfile = readLocked(code, root, options.packages);
    if (lockfile) holds.push(await addPackages(code, root, lockfile, options));
    for (const [path, target] of options.links)
      if (!lstatSync(join(root, path), { throwIfNoEntry: false })) symlinkSync(target, join(root, path));
    const folders = lockfile?.roots.map((folder) => [lockfile.workspaces.get(folder)?.name ?? folder, join(root, folder)] as const);
    return { root, folders: new Map(folders), release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Fetches all files of the commit, and writes them beside a repository of their own. It shares the objects, so that it costs no space. */
async function checkOutAll(code: Code, root: string, options: Options): Promise<void> {
  const own = join(root, '.git');
  await withCommit(code, options, async (git, objects) => {
    await removeFolder(root);
    for (const folder of ['objects/info', 'refs/heads', 'info']) mkdirSync(join(own, folder), { recursive: true });
    await git([`--work-tree=${root}`, 'read-tree', '--reset', '-u', code.commit], { GIT_INDEX_FILE: join(own, 'index') });
    shareFiles(join(objects, 'objects'), join(own, 'objects'));
  });
  // The URL has no token: git isn't to fetch anything here.
  const config = `[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote "origin"]\n\turl = ${JSON.stringify(code.repository)}\n`;
  writeFileSync(join(own, 'config'), config);
  writeFileSync(join(own, 'info', 'exclude'), ['node_modules', packagesLink, ...options.links.keys()].map((path) => `/${path}\n`).join(''));
  if (options.history === undefined) writeFileSync(join(own, 'shallow'), `${code.commit}\n`);
  else {
    // Each line is a path. One with a line break is quoted.
    const path = options.history.includes('\n') ? JSON.stringify(options.history) : options.history;
    writeFileSync(join(own, 'objects', 'info', 'alternates'), `${path}\n`);
  }
  writeFileSync(join(own, 'HEAD'), `${code.commit}\n`);
}

function shareFiles(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(to, join(entry.parentPath, entry.name).slice(from.length));
    mkdirSync(dirname(path), { recursive: true });
    linkSync(join(entry.parentPath, entry.name), path);
  }
}

function readLocked(code: Code, root: string, names: readonly string[]): Lockfile | undefined {
  const path = join(root, 'package-lock.json');
  const lockfile = existsSync(path) ? readLockfile(readFileSync(path, 'utf8'), code, names) : undefined;
  if (lockfile) checkEngines(lockfile, process.versions.node, code);
  return lockfile;
}

/** @returns a function that ends the hold on the packages */
async function addPackages(code: Code, root: string, lockfile: Lockfile, options: Options): Promise<() => void> {
  const { key, release } = await ensurePackages(lockfile, { ...options, code, tree: root });
  linkPackages(root, `../../packages/${key}`, lockfile.framework, code);
  linkNested(root, integrations, `../${packagesLink}`, code);
  return release;
}
