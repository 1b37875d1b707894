import { npmLockEntry, npmLockfile } from '@tributary/contract/npm-lockfile';

/** The packages of a lockfile. */
export interface Packages {
  /** the packages that are folders of the workspace, by name */
  readonly locals: ReadonlyMap<string, string>;
  /** all other packages as `name@version` */
  readonly versions: ReadonlySet<string>;
}

const lockfile = npmLockfile(npmLockEntry);
const marker = 'node_modules/';

/** Reads the packages of a package-lock.json. @param text undefined for a workspace without one. One that can't be read has no packages */
export function readPackages(text: string | undefined): Packages {
  const entries = Object.entries(parse(text));
  const names = entries.flatMap(([location, entry]) => {
    const at = location.lastIndexOf(marker);
    return at === -1 ? [] : [{ entry, name: entry.name ?? location.slice(at + marker.length) }];
  });
  return {
    locals: new Map(names.flatMap(({ name, entry: { link, resolved } }) => (link && resolved !== undefined ? [[name, resolved]] : []))),
    versions: new Set(names.flatMap(({ name, entry: { link, version } }) => (link ? [] : [`${name}@${version ?? '0.0.0'}`]))),
  };
}

function parse(text: string | undefined) {
  try {
    return lockfile.parse(JSON.parse(text ?? '')).packages;
  } catch {
    return {};
  }
}
