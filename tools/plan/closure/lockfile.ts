import { loadableNames, npmLockEntry, npmLockfile, searchedFolders } from '@tributary/contract/npm-lockfile';
import type { z } from 'zod';

const lockfile = npmLockfile(npmLockEntry);
type Locked = z.output<typeof npmLockEntry>;

/** A package as the lockfile has it. */
export interface LockedPackage {
  /** the folder where npm puts it, relative to the workspace: `node_modules/zod`, or `tools/flow` for one of the workspace */
  readonly location: string;
  readonly name: string;
  readonly version: string;
  /** identifies its content: the integrity, otherwise the address that it comes from, otherwise the version */
  readonly hash: string;
  /** whether its files belong to the workspace */
  readonly local: boolean;
  /** the names of the packages that it may load */
  readonly dependencies: readonly string[];
}

export interface Lockfile {
  /** Finds the package that an import in a file of a folder loads, as Node does: in the node_modules of that folder or the next above. */
  find(folder: string, name: string): LockedPackage | undefined;
  /** lists all packages, of which two may have one name and one version */
  list(): LockedPackage[];
}

/** The lockfile of a workspace without one. */
export const noLockfile: Lockfile = { find: () => undefined, list: () => [] };

/** @param text of package-lock.json @throws when it isn't a lockfile of npm 7 or newer */
export function parseLockfile(text: string): Lockfile {
  const { packages } = lockfile.parse(JSON.parse(text));
  const entries = new Map(Object.entries(packages));
  // Few folders have a node_modules, so most of the folders above a file needn't be looked at.
  const folders = new Set([...entries.keys()].map((location) => location.slice(0, Math.max(0, location.lastIndexOf('node_modules/')))));
  const at = (location: string, entry: Locked): LockedPackage =>
    entry.link && entry.resolved !== undefined ? read(entry.resolved, entries.get(entry.resolved), true) : read(location, entry, false);
  return {
    find(folder, name) {
      for (const from of searchedFolders(folder === '.' ? '' : folder)) {
        const location = `${from}node_modules/${name}`;
        const entry = folders.has(from) ? entries.get(location) : undefined;
        if (entry) return at(location, entry);
      }
      return undefined;
    },
    list: () => [...entries].flatMap(([location, entry]) => (location.includes('node_modules/') ? [at(location, entry)] : [])),
  };
}

function read(location: string, entry: Locked = {}, local: boolean): LockedPackage {
  const { version = '0.0.0', integrity, resolved } = entry;
  return {
    location,
    name: entry.name ?? location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version,
    hash: integrity ?? resolved ?? version,
    local,
    dependencies: loadableNames(entry),
  };
}
