import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

import { lockPath } from '../hold/layer.ts';
import { tryLock } from '../hold/lock.ts';
import { removeFolder } from '../hold/remove-folder.ts';

const parent = 'checkouts';

/** A folder in the store that belongs to this process. */
export interface OwnFolder {
  readonly path: string;
  /** Removes the folder with all that is in it. */
  remove(): Promise<void>;
}

/**
 * Makes an empty folder. Its lock says that its owner lives: when this process ends without removing it, another one does.
 * @param name how the folder's name begins
 */
export function makeOwnFolder(store: string, name: string): OwnFolder {
  const key = `${name}-${randomBytes(4).toString('hex')}`;
  const lock = lockPath(store, parent, key);
  // The lock comes first: a folder without one would be taken for that of a dead process.
  const unlock = tryLock(lock, 'alone');
  if (!unlock) throw new TributaryError('storage', `The lock ${lock} of a new folder is held by another process. Try again.`);
  const path = join(store, parent, key);
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    rmSync(lock, { force: true });
    unlock();
    throw error;
  }
  return { path, remove: () => removeLocked(path, lock, unlock) };
}

/**
 * Removes the folders of processes that have ended without removing them.
 * @throws the first error, once all others are removed
 */
export async function removeLeftFolders(store: string): Promise<void> {
  const folder = join(store, parent);
  const removals = (existsSync(folder) ? readdirSync(folder) : []).map(async (key) => {
    const lock = lockPath(store, parent, key);
    const unlock = tryLock(lock, 'alone');
    if (unlock) await removeLocked(join(folder, key), lock, unlock);
  });
  const failed = (await Promise.allSettled(removals)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

async function removeLocked(path: string, lock: string, unlock: () => void): Promise<void> {
  try {
    await removeFolder(path);
    // Names are never used again, so nobody may be about to take this lock for another folder.
    rmSync(lock, { force: true });
  } finally {
    unlock();
  }
}
