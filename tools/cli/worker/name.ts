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
 * Chooses a worker's name. After a restart, a worker gets its previous name again, and then settles the runs that its previous process
 * left. Two running workers never share a name. Each name is a file in the home folder that the worker locks. The system unlocks the file
 * when the worker's process ends, even after kill -9.
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
    throw new TributaryError('storage', `The worker's name can't be stored in ${folder}: ${messageOf(error)}. Give a name with --name.`, {
      cause: error,
    });
  }
  throw new TributaryError('storage', `No name could be locked in ${folder}. Give a name with --name.`);
}

/** Locks a file. @returns a function that unlocks it; undefined if another process holds the lock, or the file is damaged */
function lock(file: string): (() => void) | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return () => database.close();
  } catch (error) {
    database.close();
    if (/locked|not a database/.test(messageOf(error))) return undefined;
    throw error;
  }
}
