import { randomBytes } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf, TributaryError } from '@tributary/contract/error';

import { ownProjects } from '../prepare/run-folder.ts';
import { type Lock, tryLock } from '../queue/lock.ts';

/** A folder that belongs to one command of this process. */
interface OwnFolder {
  readonly path: string;
  /** Removes the folder, and what other processes have left. What can't be removed now is removed by a later command. */
  remove(): Promise<void>;
}

/**
 * Makes an empty folder. Its lock says that its owner lives: when this process ends without removing it, another command does.
 * @param runs the folder of all runs
 */
export function makeOwnFolder(runs: string): OwnFolder {
  const parent = join(runs, ownProjects);
  try {
    mkdirSync(parent, { recursive: true });
    // Names of one length let all commits of a project share a parse. dbt may write the path without links into it.
    const path = join(realpathSync(parent), randomBytes(8).toString('hex'));
    // The lock comes first: a folder without one would be taken for that of a dead process.
    const lock = tryLock(lockOf(path));
    if (!lock) throw new Error(`another process holds ${lockOf(path)}`);
    mkdirSync(path);
    const remove = async (): Promise<void> => {
      await removeLocked(path, lock);
      await removeLeft(parent);
    };
    return { path, remove };
  } catch (error) {
    throw new TributaryError('storage', `A folder for a dbt project can't be made: ${messageOf(error)}. Check ${parent}.`, {
      cause: error,
    });
  }
}

/** Removes the folders of processes that have ended without removing them. */
async function removeLeft(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const removals = names.map(async (name) => {
    const path = join(parent, name);
    const lock = isLock(name) ? null : tryLock(lockOf(path));
    if (lock) await removeLocked(path, lock);
  });
  await Promise.allSettled(removals);
}

function lockOf(path: string): string {
  return `${path}.lock`;
}

/** A lock that is held may have a second file, with a longer name. */
function isLock(name: string): boolean {
  return name.includes('.lock');
}

async function removeLocked(path: string, lock: Lock): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
    await rm(lockOf(path), { force: true });
  } catch {
    // The released lock says that nobody owns the folder.
  } finally {
    lock.release();
  }
}
