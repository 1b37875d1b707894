import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { messageOf, TributaryError } from '@tributary/contract/error';

/** The host of a work tree. Sources with the same key have the same code, so a waiting host of one can execute runs of the other. */
export interface HostSource {
  /** the host's main file */
  readonly file: string;
  /** the work tree */
  readonly root: string;
  readonly key: string;
}

/**
 * Finds the run host of a work tree, and computes its `key` from the lockfile and from the size and modification time of each file of the
 * framework. This takes well under a millisecond, so the worker calls it for each run.
 * @throws `crashed` if the work tree has no framework installed
 */
export function resolveHost(root: string): HostSource {
  const file = resolveFrom(root);
  const hash = createHash('sha256').update(file);
  for (const lockfile of ['package-lock.json', 'node_modules/.package-lock.json']) hash.update(`\n${stampOf(join(root, lockfile))}`);
  for (const folder of [packageOf(file), contractOf(file)]) if (folder) addFolder(folder, (entry) => hash.update(`\n${entry}`));
  return { file, root, key: hash.digest('hex') };
}

function resolveFrom(root: string): string {
  try {
    return createRequire(join(root, 'package.json')).resolve('@tributary/flow/host');
  } catch (error) {
    throw new TributaryError(
      'crashed',
      `The work tree ${root} has no @tributary/flow to execute runs with (${messageOf(error).split('\n')[0] ?? ''}). Install it there, for example with npm run setup.`,
      { cause: error },
    );
  }
}

/** The folder of the package that a file belongs to. */
function packageOf(file: string): string {
  return dirname(findPackageJSON(pathToFileURL(file)) ?? file);
}

/** The folder of the contract package that the host imports. The contract counts as part of the framework. */
function contractOf(file: string): string | undefined {
  try {
    return packageOf(createRequire(file).resolve('@tributary/contract'));
  } catch {
    return undefined;
  }
}

function addFolder(folder: string, add: (entry: string) => void): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) addFolder(path, add);
    else add(`${path} ${stampOf(path)}`);
  }
}

function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.mtimeMs} ${found.size}` : '';
}
