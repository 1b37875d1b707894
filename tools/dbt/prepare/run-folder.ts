import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf, TributaryError } from '@tributary/contract/error';

const cached = 'partial_parse.msgpack';
/**
 * How many of the newest folders are kept, for their artifacts and compiled SQL. Folders of the last day are kept too, as they may be in
 * use.
 */
const keptRuns = 50;
const keptMilliseconds = 24 * 3600 * 1000;

/** A command's own target and log folder. Two commands in one folder would overwrite each other's artifacts. */
export interface RunFolder {
  readonly path: string;
  readonly targetPath: string;
  readonly logPath: string;
  /**
   * Copies the stored parse of an earlier run into this folder. Called just before dbt starts: if this run had to wait for another run,
   * that run may have stored its parse during the wait.
   */
  takeParse(): void;
  /** Stores dbt's parse of the project, so that the next run can use it. */
  keepParse(): void;
}

/**
 * Creates the folder of a command.
 * @param runs the folder of all runs
 * @param name the folder's name; a number is added to make it unique
 * @param cacheKey what a parse depends on: the project, its profile and target
 */
export function createRunFolder(runs: string, name: string, cacheKey: readonly string[], now: number = Date.now()): RunFolder {
  const cacheFile = join(runs, 'parsed', `${createHash('sha256').update(cacheKey.join('\0')).digest('hex').slice(0, 24)}.msgpack`);
  try {
    mkdirSync(join(runs, 'parsed'), { recursive: true });
    prune(runs, now);
    const path = createUnique(runs, name);
    const targetPath = join(path, 'target');
    const logPath = join(path, 'logs');
    mkdirSync(targetPath);
    mkdirSync(logPath);
    const own = join(targetPath, cached);
    return { path, targetPath, logPath, takeParse: () => copy(cacheFile, own), keepParse: () => copy(own, cacheFile) };
  } catch (error) {
    throw new TributaryError('storage', `The folder for dbt's artifacts can't be written: ${messageOf(error)}. Check ${runs}.`, {
      cause: error,
    });
  }
}

function createUnique(runs: string, name: string): string {
  for (let count = 1; ; count += 1) {
    const path = join(runs, `${name}-${count}`);
    try {
      mkdirSync(path);
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** Copies a parse. If that fails, the next run only takes a second longer. */
function copy(from: string, to: string): void {
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    copyFileSync(from, temporary);
    renameSync(temporary, to);
  } catch {
    rmSync(temporary, { force: true });
  }
}

function prune(runs: string, now: number): void {
  const ages = readdirSync(runs)
    .filter((name) => name !== 'parsed')
    .flatMap((name) => {
      const stats = statSync(join(runs, name), { throwIfNoEntry: false });
      return stats ? [{ path: join(runs, name), age: now - stats.mtimeMs }] : [];
    })
    .toSorted((left, right) => left.age - right.age);
  for (const { path, age } of ages.slice(keptRuns)) if (age > keptMilliseconds) rmSync(path, { recursive: true, force: true });
}
