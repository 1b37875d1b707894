import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';
import type { RunInfo } from '@tributary/flow';

const cached = 'partial_parse.msgpack';
/**
 * How many of the newest folders are kept, for their artifacts and compiled SQL. Folders of the last day are kept too, as they may be in
 * use.
 */
const keptRuns = 50;
const keptMilliseconds = 24 * 3600 * 1000;
/** A stored parse that no run has renewed for so long is removed. */
const keptParseMilliseconds = 30 * keptMilliseconds;
/** The folders beside those of runs: for stored parses, and for the packages of projects. */
const [parses, packages] = ['parsed', 'packages'];
/** The folder beside those of runs for projects that only one command uses. */
export const ownProjects = 'projects';

/** A command's own target and log folder. Two commands in one folder would overwrite each other's artifacts. */
export interface RunFolder {
  readonly path: string;
  readonly targetPath: string;
  readonly logPath: string;
  /** where the installed packages of all projects are kept */
  readonly packages: string;
  /**
   * Copies the stored parse of an earlier run into this folder. Called just before dbt starts: if this run had to wait for another run,
   * that run may have stored its parse during the wait.
   */
  takeParse(): void;
  /** Stores dbt's parse of the project, so that the next run can use it. */
  keepParse(): void;
}

/** Uses the folder of all runs beside the data folder, or inside the data folder if that fails, for example because it is a mounted volume. */
export function inRuns<Result>({ dataDir }: Pick<RunInfo, 'dataDir'>, use: (runs: string) => Result): Result {
  try {
    return use(join(dirname(dataDir), 'dbt-runs'));
  } catch (error) {
    if (!isTributaryError(error, 'storage')) throw error;
    return use(join(dataDir, 'dbt-runs'));
  }
}

/**
 * Creates the folder of a command.
 * @param runs the folder of all runs
 * @param name the folder's name; a number is added to make it unique
 * @param cacheKey what a parse depends on: the project, its profile and target
 * @param projectDir the project's folder. Another folder whose path has the same length may share the parse
 */
export function createRunFolder(
  runs: string,
  name: string,
  cacheKey: readonly string[],
  projectDir: string,
  now: number = Date.now(),
): RunFolder {
  const root = Buffer.from(projectDir);
  const key = createHash('sha256').update(JSON.stringify([...cacheKey, root.length]));
  const cacheFile = join(runs, parses, `${key.digest('hex').slice(0, 24)}.msgpack`);
  try {
    mkdirSync(join(runs, parses), { recursive: true });
    prune(runs, now);
    const path = createUnique(runs, name);
    const targetPath = join(path, 'target');
    const logPath = join(path, 'logs');
    mkdirSync(targetPath);
    mkdirSync(logPath);
    const own = join(targetPath, cached);
    const nowhere = Buffer.alloc(root.length, 1);
    return {
      path,
      targetPath,
      logPath,
      packages: join(runs, packages),
      takeParse: () => copy(cacheFile, own, [nowhere, root]),
      keepParse: () => copy(own, cacheFile, [root, nowhere]),
    };
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

/**
 * Copies a parse. If that fails, the next run only takes a second longer.
 * @param exchange bytes, and as many bytes that take their place. A parse has the absolute path of each seed's project: dbt would load seeds
 * from the folder of another commit
 */
function copy(from: string, to: string, exchange: readonly [Buffer, Buffer]): void {
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    const parse = readFileSync(from);
    const [old, next] = exchange;
    for (let at = parse.indexOf(old); at !== -1; at = parse.indexOf(old, at + old.length)) next.copy(parse, at);
    writeFileSync(temporary, parse);
    renameSync(temporary, to);
  } catch {
    rmSync(temporary, { force: true });
  }
}

function prune(runs: string, now: number): void {
  const ages = listAges(runs, now).filter(({ name }) => ![parses, packages, ownProjects].includes(name));
  for (const { path, age } of ages.slice(keptRuns)) if (age > keptMilliseconds) rmSync(path, { recursive: true, force: true });
  for (const { path, age } of listAges(join(runs, parses), now)) if (age > keptParseMilliseconds) rmSync(path, { force: true });
}

/** Lists what is in a folder, the youngest first. */
function listAges(folder: string, now: number): { readonly name: string; readonly path: string; readonly age: number }[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const path = join(folder, name);
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats ? [{ name, path, age: now - stats.mtimeMs }] : [];
    })
    .toSorted((left, right) => left.age - right.age);
}
