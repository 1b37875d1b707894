import { dirname, join, resolve } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

// An import statement would evaluate all exports of node:fs, including streams and promises, which takes 4 ms.
const { existsSync } = process.getBuiltinModule('node:fs');

/**
 * Finds the workspace of a folder: the folder itself, or the nearest one above it, that contains nx.json.
 * @throws `misuse` when there is none
 */
export function findRoot(cwd: string = process.cwd()): string {
  const root = seekRoot(cwd);
  if (root) return root;
  throw new TributaryError(
    'misuse',
    `There is no nx.json in ${resolve(cwd)} or in a folder above it: run this in a Tributary workspace, or set TRIBUTARY_API_URL.`,
  );
}

/** Finds the workspace of a folder. @returns undefined when there is none */
export function seekRoot(cwd: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'nx.json'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The folder for the state of the embedded server and of runs: TRIBUTARY_HOME, by default `.tributary` beside nx.json. */
export function homeOf(root: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env['TRIBUTARY_HOME'] ? resolve(root, env['TRIBUTARY_HOME']) : join(root, '.tributary');
}
