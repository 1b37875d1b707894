import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { cleanEnvironment } from '../support/process.ts';

const run = promisify(execFile);

/** Runs git as a user without settings would. */
async function git(args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const own = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', ...env };
  await run('git', [...args], { cwd: folder, env: { ...cleanEnvironment(), ...own } });
}

/** Runs the commands of Prefect's `git_clone` with a commit and directories: `GitRepository._clone_repo` of Prefect 3.8.8. @param folder an empty folder */
export async function cloneAsPrefect(repository: string, commit: string, directory: string, folder: string): Promise<void> {
  const clone = join(folder, 'data');
  await git(['clone', repository, '--sparse', '--filter=blob:none', '--no-checkout', clone], folder);
  await git(['fetch', 'origin', commit], clone);
  await git(['checkout', commit], clone);
  await git(['sparse-checkout', 'set', '--', directory], clone);
}

/** Makes a bare repository for {@link fetchByHand}. @param folder an empty folder */
export async function openByHand(repository: string, folder: string): Promise<void> {
  await git(['init', '--quiet', '--bare', 'objects'], folder);
  const objects = join(folder, 'objects');
  const settings = { 'remote.origin.url': repository, 'remote.origin.promisor': 'true', 'remote.origin.partialCloneFilter': 'blob:none' };
  for (const [key, value] of Object.entries({ ...settings, 'core.repositoryFormatVersion': '1', 'extensions.partialClone': 'origin' }))
    await git(['config', key, value], objects);
}

/** Runs the two commands that get a commit's folder: a fetch of the commit without files, and a sparse checkout. */
export async function fetchByHand(commit: string, directory: string, folder: string): Promise<void> {
  const objects = join(folder, 'objects');
  const tree = join(folder, 'tree');
  mkdirSync(tree);
  writeFileSync(join(objects, 'info', 'sparse-checkout'), `/*\n!/*/\n/ints/\n!/ints/*/\n/${directory}/\n`);
  await git(['fetch', '--quiet', '--depth=1', '--filter=blob:none', '--no-tags', 'origin', `${commit}:refs/held/${commit}`], objects);
  const index = join(folder, 'index');
  const sparse = ['-c', 'core.bare=false', '-c', 'core.sparseCheckout=true', '-c', 'core.sparseCheckoutCone=true'];
  await git([...sparse, `--work-tree=${tree}`, 'read-tree', '-mu', commit], objects, { GIT_DIR: objects, GIT_INDEX_FILE: index });
  for (const path of [index, tree]) rmSync(path, { recursive: true, force: true });
}
