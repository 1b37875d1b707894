import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { readBlobs } from '../closure/commit-tree.ts';
import { git, records } from '../closure/git.ts';
import type { Entry } from '../closure/tree.ts';
import { readText } from '../read-text.ts';

interface Given {
  /** the environment, which has the variables of the files in the work tree */
  readonly env: NodeJS.ProcessEnv;
  /** files of variables, such as `.env`: the first file with a variable decides */
  readonly files: readonly string[];
  /** all files of the commit */
  readonly entries: readonly Entry[];
}

/**
 * Makes the environment for the code of a commit: with the variables of the commit's own files. A file that git doesn't know belongs to this
 * machine, and so to both sides.
 * @returns also whether the files are the same in the work tree
 */
export async function environmentAt(
  root: string,
  { env, files, entries }: Given,
): Promise<{ readonly env: NodeJS.ProcessEnv; readonly isSame: boolean }> {
  const listed = files.length === 0 ? undefined : await git(root, ['ls-files', '-z', '--', ...files]);
  const tracked = new Set(listed?.ok ? records(listed.output) : []);
  const blobs = await readBlobs(
    root,
    entries.filter(({ path, kind }) => kind === 'file' && files.includes(path)),
  );
  const texts = files.map((file) => {
    const here = readText(join(root, file)) ?? '';
    return { here, there: blobs?.get(file)?.toString() ?? (tracked.has(file) ? '' : here) };
  });
  if (texts.every(({ here, there }) => here === there)) return { env, isSame: true };
  const now = variablesIn(texts.map(({ here }) => here));
  const own = Object.entries(env).filter(([name, value]) => now[name] === undefined || now[name] !== value);
  return { env: { ...variablesIn(texts.map(({ there }) => there)), ...Object.fromEntries(own) }, isSame: false };
}

function variablesIn(texts: readonly string[]): NodeJS.Dict<string> {
  return Object.assign({}, ...texts.map((text) => parseEnv(text)).toReversed());
}
