import { createHash, randomBytes } from 'node:crypto';
import { constants, existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
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
  const place = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  const copy = join(kept, key);
  /** Says that dbt has begun to fill the folder. It stays if this process is killed. */
  const mark = join(kept, `${place}.begun`);
  const takeCopy = async (): Promise<void> => {
    // This comes first, so that no other process removes the packages meanwhile.
    const now = new Date();
    utimesSync(copy, now, now);
    await putInPlace(copy, folder);
    log('info', `the packages of the project were installed before, so dbt deps isn't needed`);
  };
  const fill = async (): Promise<void> => {
    try {
      await install();
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    if (!isLocal && existsSync(folder) && !hasLinkOut(folder)) await putInPlace(folder, copy);
  };
  try {
    // Once there is a copy, no run installs these packages.
    if (existsSync(copy) && !existsSync(mark)) return existsSync(folder) ? undefined : await takeCopy();
    // Projects with folders as packages don't wait for each other, except for a few: a lock for each project would stay for ever.
    const lock = await waitForLock(kept, isLocal ? place.slice(0, 2) : key, run.signal, (line) => log('info', line));
    try {
      if (existsSync(folder) && !existsSync(mark)) return;
      writeFileSync(mark, '');
      rmSync(folder, { recursive: true, force: true });
      await (existsSync(copy) ? takeCopy() : fill());
    } finally {
      rmSync(mark, { force: true });
      lock.release();
    }
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new TributaryError(
      'storage',
      `The packages of the dbt project can't be copied: ${messageOf(error)}. Check ${kept} and ${folder}.`,
      { cause: error },
    );
  }
}

/** dbt installs a package that is a folder as a link to it. In another project, the link would lead to the folder of this one. */
function hasLinkOut(folder: string): boolean {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.some((entry) => entry.isSymbolicLink() && isAbsolute(readlinkSync(join(entry.parentPath, entry.name))));
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

/**
 * Copies a folder under another name and renames it, so that nobody finds half of it. A package from git has a folder of git's, and that has
 * the URL with its token: it is left out.
 */
async function putInPlace(from: string, to: string): Promise<void> {
  const temporary = `${to}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const filter = (path: string): boolean => basename(path) !== '.git';
    await cp(from, temporary, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true, filter });
    await rename(temporary, to).catch((error: unknown) => {
      // Another run has put the same packages in place meanwhile.
      if (!existsSync(to)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function prune(kept: string, now: number): void {
  for (const name of readdirSync(kept)) {
    const path = join(kept, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    const isLock = name.endsWith('.lock');
    if (stats && !isLock && now - stats.mtimeMs > keptMilliseconds) rmSync(path, { recursive: true, force: true });
  }
}
