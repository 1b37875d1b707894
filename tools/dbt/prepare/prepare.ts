import { dirname, join, resolve } from 'node:path';

import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { Json } from '@tributary/contract/json';
import type { RunInfo } from '@tributary/flow';

import { checkVersion } from './check-version.ts';
import type { DbtArguments } from './arguments.ts';
import { commandLine, inlineCommandLine } from './arguments.ts';
import type { DatabaseFiles } from './database-files.ts';
import { databaseFiles } from './database-files.ts';
import { dbtEnvironment } from './environment.ts';
import { findDbt } from './find-dbt.ts';
import { readProject } from './read-project.ts';
import type { RunFolder } from './run-folder.ts';
import { createRunFolder } from './run-folder.ts';
import type { SubCommand } from './sub-command.ts';
import { opensDatabase } from './sub-command.ts';

/** Options for an existing dbt project. Any adapter that is installed beside dbt works. */
export interface DbtOptions {
  /** the folder of dbt_project.yml, relative to the integration's folder */
  readonly projectDir: string;
  /** the folder of profiles.yml @default the project's folder if it has one, otherwise ~/.dbt, as in dbt */
  readonly profilesDir?: string;
  /** the profile's name @default the one in dbt_project.yml */
  readonly profile?: string;
  /** the target's name @default the profile's own */
  readonly target?: string;
  /** the path of dbt @default .venv/bin/dbt in the project's folder or above, otherwise dbt on PATH */
  readonly executable?: string;
  /** variables for every command */
  readonly vars?: Readonly<Record<string, Json>>;
  /** environment variables for dbt only; name a secret DBT_ENV_SECRET_…, so that dbt keeps it out of its logs */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * how many failing rows of each failed test to store with the run, from 1 to 1,000; the rows are data of your customers, and everybody who
   * sees the run sees them @default none
   */
  readonly failingRows?: number;
}

/** Everything that a command needs before it starts. */
export interface Prepared {
  readonly executable: string;
  readonly version: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: RunFolder;
  /** how many failing rows of a test to read, and dbt's arguments for it without the query; null if no rows are read */
  readonly failingRows: { readonly limit: number; readonly args: readonly string[] } | null;
  /** the files that the command needs exclusively */
  readonly database: DatabaseFiles;
}

/** Prepares a command. @throws `misuse`, `dbt` or `storage`, before anything is started */
export async function prepare(
  subCommand: SubCommand,
  given: DbtArguments,
  options: DbtOptions,
  run: Pick<RunInfo, 'flowRunId' | 'cwd' | 'dataDir'>,
): Promise<Prepared> {
  const projectDir = resolve(run.cwd, options.projectDir);
  const profilesDir = options.profilesDir === undefined ? undefined : resolve(run.cwd, options.profilesDir);
  const project = readProject(projectDir, profilesDir, options.profile);
  const profile = options.profile ?? null;
  const target = options.target ?? null;
  const env = dbtEnvironment(process.env, project.texts, { TRIBUTARY_DATA_DIR: run.dataDir, ...options.env });
  const vars = { ...options.vars, ...given.vars };
  const folders = { projectDir, profilesDir: project.profilesDir, profile, target };
  const line = (targetPath: string, logPath: string) => commandLine(subCommand, { ...given, vars }, { ...folders, targetPath, logPath });
  line('', '');
  const limit = readLimit(options.failingRows);
  const executable = findDbt(projectDir, options.executable, process.env['PATH']);
  const version = await checkVersion(executable, env);
  const folder = folderIn(run, [projectDir, project.profile, target ?? '', version]);
  return {
    executable,
    version,
    args: line(folder.targetPath, folder.logPath),
    failingRows: limit === undefined ? null : { limit, args: inlineCommandLine({ vars }, { ...folders, ...folder }) },
    cwd: projectDir,
    env,
    folder,
    database: opensDatabase(subCommand) ? databaseFiles(project, projectDir, target, env) : { files: [], unknown: null },
  };
}

function readLimit(failingRows: number | undefined): number | undefined {
  if (failingRows === undefined || (Number.isInteger(failingRows) && failingRows >= 1 && failingRows <= 1000)) return failingRows;
  throw new TributaryError(
    'misuse',
    `The option "failingRows" of dbt() is ${failingRows}: give a whole number from 1 to 1000, or leave it out.`,
  );
}

/** Creates the run's folder beside the data folder, or inside the data folder if that fails, for example because it is a mounted volume. */
function folderIn(run: Pick<RunInfo, 'flowRunId' | 'dataDir'>, cacheKey: readonly string[]): RunFolder {
  try {
    return createRunFolder(join(dirname(run.dataDir), 'dbt-runs'), run.flowRunId, cacheKey);
  } catch (error) {
    if (!isTributaryError(error, 'storage')) throw error;
    return createRunFolder(join(run.dataDir, 'dbt-runs'), run.flowRunId, cacheKey);
  }
}
