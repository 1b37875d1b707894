import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { messageOf, TributaryError } from '@tributary/contract/error';

import type { DbtPackages } from '../prepare/read-packages.ts';
import { type Lock, tryLock } from '../queue/lock.ts';
import type { Surroundings } from '../run/surroundings.ts';

const pollMilliseconds = 150;
/** Packages that no command has used for so long are removed. */
const keptMilliseconds = 30 * 24 * 3600 * 1000;

/**
 * Puts the packages into a project that lacks them. What `dbt deps` has installed once is copied from then on.
 * @param kept the folder in which the installed packages of all projects are kept
 * @param key names these packages
 * @param install runs `dbt deps` in the project
 * @throws the run's reason once it is stopped; `storage` if packages can't be copied; what `install` throws
 */
export async function supplyPackages(
  { folder, isLocal }: DbtPackages,
  { kept, key, install }: { readonly kept: string; readonly key: string; readonly install: () => Promise<unknown> },
  { run, log }: Pick<Surroundings, 'run' | 'log'>,
): Promise<void> {
  // dbt says what is missing in a project that can't be written.
  if (existsSync(folder) || !isWritable(dirname(folder))) return;
  if (isLocal) return void (await install());
  const copy = join(kept, key);
  const lock = existsSync(copy) ? undefined : await waitForLock(kept, key, run.signal, (line) => log('info', line));
  try {
    if (existsSync(copy)) {
      // This comes first, so that no other process removes the packages meanwhile.
      const now = new Date();
      utimesSync(copy, now, now);
      await putInPlace(copy, folder);
      return log('info', `the packages of the project were installed before, so dbt deps isn't needed`);
    }
    await install();
    if (existsSync(folder)) await putInPlace(folder, copy);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new TributaryError(
      'storage',
      `The packages of the dbt project can't be copied: ${messageOf(error)}. Check ${kept} and ${folder}.`,
      { cause: error },
    );
  } finally {
    lock?.release();
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function waitForLock(kept: string, key: string, signal: AbortSignal, report: (line: string) => void): Promise<Lock> {
  mkdirSync(kept, { recursive: true });
  prune(kept, Date.now());
  for (let isReported = false; ; isReported = true) {
    signal.throwIfAborted();
    const lock = tryLock(join(kept, `${key}.lock`));
    if (lock) return lock;
    if (!isReported) report('waiting for another run, which installs the same packages');
    await sleep(pollMilliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Copies a folder under another name and renames it, so that nobody finds half of it. */
async function putInPlace(from: string, to: string): Promise<void> {
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    await cp(from, temporary, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true });
    await rename(temporary, to);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function prune(kept: string, now: number): void {
  for (const name of readdirSync(kept)) {
    const path = join(kept, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() && now - stats.mtimeMs > keptMilliseconds) rmSync(path, { recursive: true, force: true });
  }
}
