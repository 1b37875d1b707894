import { wait } from '@tributary/contract/wait';

import { endOrphans, type Program, readHolder, removeHolder, writeHolder } from './holder.ts';
import { tryLock } from './lock.ts';

/** How long to wait between two tries, in seconds. */
const pause = 0.05;

/** Whom a longer piece of work listens to, and whom it tells what it does. */
export interface Caller {
  readonly signal: AbortSignal;
  /** gets lines for the run's log */
  readonly tell: (line: string) => void;
}

export interface Lock {
  /** Records a program that works under this lock, so that the next holder can end it if this process is killed. */
  record(program: Program): void;
  release(): void;
}

/**
 * Waits for a lock, and holds it alone.
 * @param what the holder's work, for those who wait: `fetching commit 1a2b3c4d5e6f`
 * @throws the signal's reason once it is aborted
 */
export async function acquire(path: string, what: string, { signal, tell }: Caller): Promise<Lock> {
  let reported = '';
  for (;;) {
    signal.throwIfAborted();
    const lock = tryAcquire(path, what);
    if (lock) return lock;
    const holder = readHolder(path);
    if (holder && holder.pid !== process.pid && holder.what !== reported) {
      tell(`Waiting for process ${holder.pid} on this machine: ${holder.what}.`);
      reported = holder.what;
    }
    await wait(pause, signal);
  }
}

/** Holds a lock alone, unless another holder is in the way. @param what the holder's work, for those who wait */
export function tryAcquire(path: string, what: string): Lock | null {
  const unlock = tryLock(path, 'alone');
  return unlock && holdAlone(path, what, unlock);
}

function holdAlone(path: string, what: string, unlock: () => void): Lock {
  const programs = new Map<string, Program>();
  const write = () => writeHolder(path, { pid: process.pid, what, programs: [...programs.values()] });
  try {
    endOrphans(path);
  } catch (error) {
    unlock();
    throw error;
  }
  try {
    write();
  } catch {
    // On a full disk, others can't read who holds the lock. What has to be known is recorded before a program starts.
  }
  return {
    record(program) {
      const key = JSON.stringify(program);
      if (programs.has(key)) return;
      programs.set(key, program);
      write();
    },
    release() {
      try {
        removeHolder(path);
      } finally {
        unlock();
      }
    },
  };
}
