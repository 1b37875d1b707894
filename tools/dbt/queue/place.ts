import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process that hasn't renewed its place for this many milliseconds loses the place. */
const absent = 5000;

/**
 * A process's place in the queue for a file, first come, first served. The queue is a folder with one file per waiting process, and only
 * decides the order. The lock ensures that two processes never hold the file at the same time.
 */
export interface Place {
  /** Renews this process's place. @returns how many processes wait before this one */
  ahead(now: number): number;
  leave(): void;
}

/** Takes the last place in the queue. @param now milliseconds since 1970 */
export function standInLine(folder: string, who: string, now: number): Place {
  mkdirSync(folder, { recursive: true });
  const name = `${String(now).padStart(15, '0')}-${process.pid}-${Math.random().toString(36).slice(2, 8)}.waits`;
  const path = join(folder, name);
  writeFileSync(path, who);
  return {
    ahead(at) {
      try {
        utimesSync(path, at / 1000, at / 1000);
      } catch {
        writeFileSync(path, who);
      }
      return readdirSync(folder).filter((other) => other.endsWith('.waits') && other < name && isPresent(join(folder, other), at)).length;
    },
    leave: () => rmSync(path, { force: true }),
  };
}

function isPresent(path: string, now: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return false;
  if (now - stats.mtimeMs < absent) return true;
  rmSync(path, { force: true });
  return false;
}

/** Writes the name of the run that holds the file, for the processes that wait. */
export function writeHolder(folder: string, who: string): void {
  const temporary = join(folder, `holder.${process.pid}.tmp`);
  writeFileSync(temporary, who);
  renameSync(temporary, join(folder, 'holder'));
}

/** Reads the name of the run that holds the file, or that held it last. @returns undefined if no run has ever held the file */
export function readHolder(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, 'holder'), 'utf8');
  } catch {
    return undefined;
  }
}
