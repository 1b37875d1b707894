import { isAbsolute, normalize } from 'node:path/posix';

import { satisfies, validRange } from 'semver';

import { TributaryError } from '@tributary/contract/error';
import { loadableNames, npmLockEntry, npmLockfile, npmVersions, searchedFolders } from '@tributary/contract/npm-lockfile';
import { z } from 'zod';

import { type Code, nameOf } from '../code.ts';

const entry = npmLockEntry.extend({
  devDependencies: npmVersions,
  // Some old packages have a list here.
  engines: z.unknown().optional(),
});
const lockfile = npmLockfile(entry.loose());
type LockEntry = z.output<typeof lockfile>['packages'][string];

/** The workspace that all integrations belong to. */
export const integrations = 'ints';

/** A package that integrations may load. */
interface LockedPackage {
  /** `node_modules/zod`; that of a package of the workspace is its own folder */
  readonly folder: string;
  readonly version: string | undefined;
  readonly resolved: string | undefined;
  readonly integrity: string | undefined;
}

/** What a lockfile says about integrations and the packages that they may import. */
export interface Lockfile {
  /** the folders of the workspace's packages that are asked for */
  readonly roots: readonly string[];
  /** the workspace's packages by their folders; each value is a package.json with what npm needs */
  readonly workspaces: ReadonlyMap<string, LockEntry>;
  /** the folders of the workspace's packages that these may import, and of those that these import */
  readonly framework: readonly string[];
  /** all packages that these may load, ordered by folder: other packages may change without these */
  readonly packages: readonly LockedPackage[];
  /** the versions of Node that the code runs on, as ranges */
  readonly engines: readonly string[];
}

/**
 * Reads a package-lock.json.
 * @param names the workspace's packages that are needed besides integrations; a name that the lockfile lacks is left out
 * @returns undefined if the repository has no integrations
 * @throws `crashed` if it can't be read, or names a package that only a clone can have
 */
export function readLockfile(text: string, code: Pick<Code, 'repository' | 'commit'>, names: readonly string[] = []): Lockfile | undefined {
  const { packages } = parse(text, code);
  const own = packages[integrations];
  if (!own) return undefined;
  const roots = [integrations, ...names.flatMap((name) => folderOf(packages, name) ?? [])];
  const workspaces = Object.entries(packages).filter(([folder]) => isWorkspace(folder));
  // An integration may be a package of its own. npm installs what it needs too.
  const starts = workspaces.map(([folder]) => folder).filter((folder) => `${folder}/`.startsWith(`${integrations}/`));
  const reached = findReached(packages, [...roots, ...starts]);
  for (const [folder, one] of reached) refuseFiles(folder, one, code);
  // The tree has its files. The framework has them too if another package imports it by its name.
  const imported = new Set([...reached.values()].flatMap(({ link, resolved }) => (link ? [resolved] : [])));
  const isFramework = (folder: string): boolean => isWorkspace(folder) && (!starts.includes(folder) || imported.has(folder));
  return {
    roots,
    // npm doesn't need the others: nothing that is installed imports a folder outside of the repository.
    workspaces: new Map(workspaces.filter(([folder]) => isInside(folder))),
    framework: [...reached.keys()].filter((folder) => folder !== integrations && isFramework(folder)).toSorted(),
    packages: [...reached]
      .map(([folder, { version, resolved, integrity }]) => ({ folder, version, resolved, integrity }))
      .toSorted((one, other) => (one.folder < other.folder ? -1 : 1)),
    engines: [packages[''], own].flatMap((one) => nodeRange(one?.engines) ?? []),
  };
}

function isWorkspace(folder: string): boolean {
  return folder !== '' && !/(^|\/)node_modules\//.test(folder);
}

function isInside(folder: string): boolean {
  return !isAbsolute(folder) && normalize(folder) === folder && !/^\.\.?(\/|$)/.test(folder);
}

/** Workers have the files of packages that a registry or a git server sends, and those of the workspace's own packages. */
function refuseFiles(folder: string, { link, resolved = '' }: LockEntry, code: Pick<Code, 'repository' | 'commit'>): void {
  if (isInside(folder) && !resolved.startsWith('file:') && (!link || isInside(resolved))) return;
  throw new TributaryError(
    'crashed',
    `package-lock.json of ${nameOf(code)} takes ${folder.replace(/^.*node_modules\//, '')} from ${resolved || folder}, which workers can't install. Publish the package to a registry, or make its folder one of the workspaces in package.json.`,
  );
}

/** The folder of a package of the workspace. */
function folderOf(packages: Readonly<Record<string, LockEntry>>, name: string): string | undefined {
  const found = packages[`node_modules/${name}`];
  return found?.link ? found.resolved : undefined;
}

/** Finds the packages that others may load, and those that these may load. @param roots the others' folders */
function findReached(packages: Readonly<Record<string, LockEntry>>, roots: readonly string[]): Map<string, LockEntry> {
  const reached = new Map<string, LockEntry>();
  const folders = [...roots];
  for (const folder of folders) {
    const one = packages[folder];
    if (!one || reached.has(folder)) continue;
    reached.set(folder, one);
    if (one.link && one.resolved !== undefined) folders.push(one.resolved);
    for (const name of loadableNames(one)) folders.push(...findPackage(packages, folder, name));
  }
  return reached;
}

/** Finds the package that an import in a folder loads, as Node does: in the node_modules of that folder or the next above. */
function findPackage(packages: Readonly<Record<string, LockEntry>>, folder: string, name: string): string[] {
  for (const from of searchedFolders(folder)) {
    const location = `${from}node_modules/${name}`;
    if (packages[location]) return [location];
  }
  return [];
}

function parse(text: string, code: Pick<Code, 'repository' | 'commit'>): z.output<typeof lockfile> {
  try {
    return lockfile.parse(JSON.parse(text));
  } catch (cause) {
    throw new TributaryError(
      'crashed',
      `package-lock.json of ${nameOf(code)} isn't a lockfile of npm 7 or newer. Run npm install in a clone of the repository, commit the lockfile, and deploy again.`,
      { cause },
    );
  }
}

const engines = z.object({ node: z.string() });

function nodeRange(value: unknown): string | undefined {
  const found = engines.safeParse(value);
  return found.success && validRange(found.data.node) !== null ? found.data.node : undefined;
}

/** @param version of this process's Node @throws `crashed` if the commit doesn't run on it */
export function checkEngines({ engines: ranges }: Lockfile, version: string, code: Pick<Code, 'repository' | 'commit'>): void {
  const other = ranges.find((range) => !satisfies(version, range));
  if (other !== undefined)
    throw new TributaryError(
      'crashed',
      `${nameOf(code)} needs Node ${other}, and this worker has Node ${version}. Start a worker with such a Node, or change "engines" in package.json.`,
    );
}
