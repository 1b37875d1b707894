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
import { readProject } from './project.ts';
import type { RunFolder } from './run-folder.ts';
import { createRunFolder } from './run-folder.ts';
import type { SubCommand } from './sub-command.ts';
import { opensDatabase } from './sub-command.ts';

/** An existing dbt project, with whatever adapter is installed beside dbt. */
export interface DbtOptions {
  /** the folder of dbt_project.yml; relative to the integration's folder */
  readonly projectDir: string;
  /** the folder of profiles.yml; by default the project's, else ~/.dbt, as dbt has it */
  readonly profilesDir?: string;
  /** the profile's name, by default as dbt_project.yml says */
  readonly profile?: string;
  /** by default the profile's own */
  readonly target?: string;
  /** by default .venv/bin/dbt in the project's folder or above, else dbt on PATH */
  readonly executable?: string;
  /** for every command */
  readonly vars?: Readonly<Record<string, Json>>;
  /** variables for dbt alone; a secret's name begins with DBT_ENV_SECRET_, so that dbt keeps it out of its logs */
  readonly env?: Readonly<Record<string, string>>;
}

/** All that a command needs before it starts. */
export interface Prepared {
  readonly executable: string;
  readonly version: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: RunFolder;
  /** to be had alone */
  readonly database: DatabaseFiles;
}

/** @throws misuse, dbt or storage, each before anything was started */
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

/** Beside the data folder; inside it where that can't be written, as for a data folder that is a mounted volume. */
function folderIn(run: Pick<RunInfo, 'flowRunId' | 'dataDir'>, cacheKey: readonly string[]): RunFolder {
  try {
    return createRunFolder(join(dirname(run.dataDir), 'dbt-runs'), run.flowRunId, cacheKey);
  } catch (error) {
    if (!isTributaryError(error, 'storage')) throw error;
    return createRunFolder(join(run.dataDir, 'dbt-runs'), run.flowRunId, cacheKey);
  }
}
