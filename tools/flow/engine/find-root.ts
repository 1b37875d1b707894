import { dirname, join, resolve } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

// An import would evaluate every export of it, streams and promises too: 4 ms.
const { existsSync } = process.getBuiltinModule('node:fs');

/**
 * The workspace that a folder belongs to: the nearest folder upwards that holds nx.json.
 * @throws `misuse` when there is none
 */
export function findRoot(cwd: string = process.cwd()): string {
  const root = seekRoot(cwd);
  if (root) return root;
  throw new TributaryError(
    'misuse',
    `No nx.json stands in ${resolve(cwd)} or in a folder above it: run this inside a Tributary workspace, or set TRIBUTARY_API_URL.`,
  );
}

export function seekRoot(cwd: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'nx.json'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Where the embedded server and runs keep their state: `.tributary` beside nx.json, unless TRIBUTARY_HOME moves it. */
export function homeOf(root: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env['TRIBUTARY_HOME'] ? resolve(root, env['TRIBUTARY_HOME']) : join(root, '.tributary');
}
