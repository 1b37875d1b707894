import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { messageOf, TributaryError } from '@tributary/contract/error';

import { readHolder, standInLine, writeHolder } from './place.ts';
import type { Lock } from './lock.ts';
import { tryLock } from './lock.ts';

const pollMilliseconds = 150;
const repeatMilliseconds = 60_000;

export interface Turn {
  /** the database files, in an order that is the same for all runs */
  readonly files: readonly string[];
  /** the name of this run in the log lines of other waiting runs */
  readonly who: string;
  readonly signal: AbortSignal;
  readonly log: (message: string) => void;
}

/**
 * Waits until no other process of this machine uses the files. First come, first served.
 * @returns a function that releases the files
 * @throws the signal's reason if the run is cancelled while it waits; `storage` if a file's folder can't be used
 */
export async function takeTurn({ files, who, signal, log }: Turn): Promise<() => void> {
  const locks: Lock[] = [];
  const release = () => {
    for (const lock of locks.splice(0)) lock.release();
  };
  try {
    for (const file of files) locks.push(await lockOne(file, who, signal, log));
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

async function lockOne(file: string, who: string, signal: AbortSignal, log: (message: string) => void): Promise<Lock> {
  const folder = `${file}.queue`;
  const began = Date.now();
  const place = usable(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    return standInLine(folder, who, began);
  });
  let reported = '';
  let reportedAt = 0;
  try {
    for (;;) {
      signal.throwIfAborted();
      const now = Date.now();
      const lock = place.ahead(now) === 0 ? tryLock(join(folder, 'lock')) : null;
      if (lock) {
        try {
          usable(file, () => writeHolder(folder, who));
        } catch (error) {
          lock.release();
          throw error;
        }
        if (reported) log(`${file} is free after ${((Date.now() - began) / 1000).toFixed(1)} s`);
        return lock;
      }
      const holder = readHolder(folder) ?? 'another process';
      if (holder !== reported || now - reportedAt >= repeatMilliseconds) {
        log(`waiting for ${file}, which ${holder} holds; DuckDB takes one writer at a time`);
        reported = holder;
        reportedAt = now;
      }
      await sleep(pollMilliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  } finally {
    place.leave();
  }
}

function usable<Result>(file: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    throw new TributaryError(
      'storage',
      `The folder of ${file} can't be used: ${messageOf(error)}. It must be a folder, be writable, and have some space.`,
      { cause: error },
    );
  }
}
