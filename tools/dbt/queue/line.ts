import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One that did not show itself for so long is dead or stopped, and has lost its place. In milliseconds. */
const absent = 5000;

/**
 * Those who wait for one file, first come first served, across processes: a folder with one file each. It only decides on the order;
 * that two never hold the file at once is the lock's doing.
 */
export interface Place {
  /** Shows that we still wait. @returns how many wait before us */
  ahead(now: number): number;
  leave(): void;
}

/** @param now milliseconds since 1970 */
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

/** Tells those who wait who holds the file. */
export function writeHolder(folder: string, who: string): void {
  const temporary = join(folder, `holder.${process.pid}.tmp`);
  writeFileSync(temporary, who);
  renameSync(temporary, join(folder, 'holder'));
}

/** @returns undefined when nobody ever held it */
export function readHolder(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, 'holder'), 'utf8');
  } catch {
    return undefined;
  }
}
