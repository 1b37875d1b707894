import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { messageOf, TributaryError } from '@tributary/contract/error';

export interface HeldName {
  readonly name: string;
  readonly release: () => void;
}

/**
 * Chooses a worker's name: the same after a restart, so that the worker settles the runs that its previous process left, and never that of
 * another running worker. Each name is a file in the home folder that the worker locks; the system unlocks it however the worker ends.
 */
export function holdName(home: string): HeldName {
  const folder = join(home, 'workers');
  try {
    mkdirSync(folder, { recursive: true });
    const known = readdirSync(folder)
      .filter((file) => file.endsWith('.lock'))
      .toSorted();
    for (const file of [...known, `${hostname()}-${randomBytes(4).toString('hex')}.lock`]) {
      const release = lock(join(folder, file));
      if (release) return { name: file.slice(0, -'.lock'.length), release };
    }
  } catch (error) {
    throw new TributaryError('storage', `The worker's name can't be stored in ${folder}: ${messageOf(error)}. Give one with --name.`, {
      cause: error,
    });
  }
  throw new TributaryError('storage', `No name could be locked in ${folder}. Give one with --name.`);
}

/** @returns undefined if a running process holds it */
function lock(file: string): (() => void) | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return () => database.close();
  } catch (error) {
    database.close();
    if (/locked/.test(messageOf(error))) return undefined;
    throw error;
  }
}
