import { dirname, join, resolve } from 'node:path';

import { isTributaryError } from '@tributary/contract/error';
import type { Json } from '@tributary/contract/json';
import type { RunInfo } from '@tributary/flow';

import { checkVersion } from './check-version.ts';
import type { DbtArguments } from './arguments.ts';
import { commandLine } from './arguments.ts';
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
}

/** Everything that a command needs before it starts. */
export interface Prepared {
  readonly executable: string;
  readonly version: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: RunFolder;
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
  const line = (targetPath: string, logPath: string) =>
    commandLine(subCommand, { ...given, vars }, { projectDir, profilesDir: project.profilesDir, profile, target, targetPath, logPath });
  line('', '');
  const executable = findDbt(projectDir, options.executable, process.env['PATH']);
  const version = await checkVersion(executable, env);
  const folder = folderIn(run, [projectDir, project.profile, target ?? '', version]);
  return {
    executable,
    version,
    args: line(folder.targetPath, folder.logPath),
    cwd: projectDir,
    env,
    folder,
    database: opensDatabase(subCommand) ? databaseFiles(project, projectDir, target, env) : { files: [], unknown: null },
  };
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
