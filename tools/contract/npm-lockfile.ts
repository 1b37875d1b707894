import { z } from 'zod';

/** The versions of packages by their names. */
export const npmVersions = z.record(z.string(), z.string()).optional();

/** A package in npm's lockfile, without what nobody here reads. */
export const npmLockEntry = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  dependencies: npmVersions,
  optionalDependencies: npmVersions,
  peerDependencies: npmVersions,
});

/** A package-lock.json of npm 7 or newer. @param entry what to read of each package */
export function npmLockfile<Entry extends z.ZodType>(entry: Entry) {
  return z.object({ lockfileVersion: z.literal([2, 3]), packages: z.record(z.string(), entry) });
}

/** The names of all packages that a package may load. */
export function loadableNames({ dependencies, optionalDependencies, peerDependencies }: z.output<typeof npmLockEntry>): string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}

/**
 * The folders in whose `node_modules` Node looks for what a file of a folder imports: that folder, and those above. Each ends with a slash,
 * except the topmost, which is empty.
 * @param folder relative to the workspace, without a slash at its end; empty for the workspace itself
 */
export function* searchedFolders(folder: string): Generator<string> {
  for (let from = folder === '' ? '' : `${folder}/`; ; from = from.slice(0, from.lastIndexOf('/', from.length - 2) + 1)) {
    yield from;
    if (from === '') return;
  }
}
