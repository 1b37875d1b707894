import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

import { messageOf, TributaryError } from '@tributary/contract/error';

/**
 * The host of a work tree. Sources with the same key have the same framework and packages, so a waiting host of one can execute runs of the
 * other.
 */
export interface HostSource {
  /** the host's main file */
  readonly file: string;
  /** the work tree */
  readonly root: string;
  /** where the host's process starts; it moves to the run's folder once it has its ticket */
  readonly cwd: string;
  readonly key: string;
  /** Keeps the host's code until the returned function is called. Missing if nobody removes the code. */
  readonly retain?: () => () => void;
}

/**
 * Finds the run host of a work tree, and computes its `key` from the lockfile and from the size and modification time of each file of the
 * framework. This takes well under a millisecond, so the worker calls it for each run.
 * @throws `crashed` if the work tree has no framework installed
 */
export function resolveHost(root: string): HostSource {
  const file = resolveFrom(
    root,
    (reason) =>
      `The work tree ${root} has no @tributary/flow to execute runs with (${reason}). Install it there, for example with npm run setup.`,
  );
  const hash = createHash('sha256').update(file);
  for (const lockfile of ['package-lock.json', 'node_modules/.package-lock.json']) hash.update(`\n${stampOf(join(root, lockfile))}`);
  for (const folder of [packageOf(file), contractOf(file)]) if (folder) addFolder(folder, (entry) => hash.update(`\n${entry}`));
  return { file, root, cwd: root, key: hash.digest('hex') };
}

/**
 * Finds the run host of fetched code, which is part of its framework. Its `key` consists of the framework and the Python environment, so that
 * waiting hosts serve all commits that share both.
 * @param code.name names the code in messages
 * @param code.framework the folder that the host must be in
 * @throws `crashed` if the code has no framework, or its framework has no host
 */
export function resolvePulledHost({
  root,
  framework,
  name,
}: {
  readonly root: string;
  readonly framework: string | null;
  readonly name: string;
}): Omit<HostSource, 'retain'> {
  const add = 'Add @tributary/flow to the dependencies in ints/package.json, run npm install, commit package-lock.json, and deploy again.';
  if (framework === null)
    throw new TributaryError('crashed', `The code has no framework to execute runs with: ${name} has no ints in package-lock.json. ${add}`);
  const file = realpathSync(
    resolveFrom(root, (reason) => `The integrations of ${name} can't import @tributary/flow to execute runs with (${reason}). ${add}`),
  );
  if (!file.startsWith(framework + sep))
    throw new TributaryError('crashed', `The run host ${file} isn't part of the framework of ${name}, ${framework}. ${add}`);
  const python = join(root, '.venv');
  const environment = lstatSync(python, { throwIfNoEntry: false }) ? realpathSync(python) : '';
  return { file, root, cwd: framework, key: JSON.stringify([framework, environment]) };
}

/** @param explain writes the message of the error from the reason */
function resolveFrom(root: string, explain: (reason: string) => string): string {
  try {
    return createRequire(join(root, 'package.json')).resolve('@tributary/flow/host');
  } catch (error) {
    throw new TributaryError('crashed', explain(messageOf(error).split('\n')[0] ?? ''), { cause: error });
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
