import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { join as joinSlashes } from 'node:path/posix';

import { TributaryError } from '@tributary/contract/error';

import { readBlobs } from '../closure/commit-tree.ts';
import type { Entry } from '../closure/tree.ts';
import { commitText } from '../commit-text.ts';
import type { Commit } from './find-commit.ts';

/** Files of a commit in a temporary folder, as the commit has them: git runs no hook and no filter, and writes nothing into the repository. */
export interface Checkout {
  /** an absolute path without symbolic links */
  readonly root: string;
  /** writes files of the commit. Submodules, and links that lead out of the folder, are left out */
  write(entries: readonly Entry[]): Promise<void>;
  remove(): Promise<void>;
}

/** Creates an empty checkout that only this user can read. @param root the workspace */
export async function createCheckout(root: string, commit: Commit): Promise<Checkout> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tributary-against-')));
  const forget = removeOnSignal(folder);
  return {
    root: folder,
    async write(entries) {
      const wanted = entries.filter(({ path, kind }) => kind !== 'module' && isInside(path));
      const contents = await readBlobs(root, wanted);
      if (!contents) throw lacksFiles(commit);
      for (const parent of new Set(wanted.map(({ path }) => dirname(path)))) mkdirSync(join(folder, parent), { recursive: true });
      // Links come last, so that no file is written through one.
      const [links, files] = [wanted.filter(isLink), wanted.filter((entry) => !isLink(entry))];
      for (const { path } of files) writeFileSync(join(folder, path), contents.get(path) ?? '');
      for (const { path } of links) writeLink(folder, path, contents.get(path)?.toString() ?? '');
    },
    async remove() {
      forget();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Removes a folder before a signal ends the process, such as that of Ctrl-C. @returns a function that leaves signals alone again */
function removeOnSignal(folder: string): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const forget = (): void => {
    for (const signal of signals) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals): void => {
    forget();
    rmSync(folder, { recursive: true, force: true });
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, end);
  return forget;
}

function isLink({ kind }: Entry): boolean {
  return kind === 'link';
}

function writeLink(folder: string, path: string, target: string): void {
  if (!target.startsWith('/') && isInside(joinSlashes(dirname(path), target))) symlinkSync(target, join(folder, path));
}

/** Whether a path stays in the folder. git itself refuses other paths, but a tree may be made by other programs. */
function isInside(path: string): boolean {
  return !path.startsWith('/') && path.split('/').every((part) => part !== '' && part !== '..' && part.toLowerCase() !== '.git');
}

/** An error of a clone that has the commit, but not what it consists of. */
export function lacksFiles(commit: Commit): TributaryError {
  return new TributaryError(
    'misuse',
    `This clone lacks files of ${commitText(commit)}, probably because it is a partial clone. ` +
      `Fetch them first: \`git archive --format=tar -o /dev/null ${commit.commit}\`.`,
    { facts: { commandLine: true } },
  );
}
