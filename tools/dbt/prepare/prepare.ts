import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import type { Json } from '@tributary/contract/json';
import type { RunInfo } from '@tributary/flow';

import { checkVersion } from './check-version.ts';
import type { DbtArguments } from './arguments.ts';
import { commandLine, inlineCommandLine } from './arguments.ts';
import type { DatabaseFiles } from './database-files.ts';
import { databaseFiles } from './database-files.ts';
import { dbtEnvironment } from './environment.ts';
import { findDbt } from './find-dbt.ts';
import type { DbtPackages } from './read-packages.ts';
import { readProject } from './read-project.ts';
import { namedEnvVars } from './render-env-vars.ts';
import type { RunFolder } from './run-folder.ts';
import { createRunFolder, inRuns } from './run-folder.ts';
import type { SubCommand } from './sub-command.ts';
import { opensDatabase } from './sub-command.ts';

/** Options for an existing dbt project. Any adapter that is installed beside dbt works. */
export interface DbtOptions {
  /** the folder of dbt_project.yml, relative to the integration's folder; or the `dir` of a checkout(), or a folder in it */
  readonly projectDir: string;
  /** the folder of profiles.yml @default the project's folder if it has one, otherwise ~/.dbt, as in dbt */
  readonly profilesDir?: string;
  /** the profile's name @default the one in dbt_project.yml */
  readonly profile?: string;
  /** the target's name @default the profile's own */
  readonly target?: string;
  /** the path of dbt @default .venv/bin/dbt in the project's folder or above, otherwise in the integration's folder or above, otherwise dbt on PATH */
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
  /** the packages that the project needs, and a name for them; null if it needs none */
  readonly packages: (DbtPackages & { readonly key: string }) | null;
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
  const executable = findDbt(projectDir, run.cwd, options.executable, process.env['PATH']);
  const version = await checkVersion(executable, env);
  const place = placeOf(run.cwd, projectDir);
  const parsed = [place, project.name, project.text, project.profile, target ?? '', version];
  const folder = inRuns(run, (runs) => createRunFolder(runs, run.flowRunId, parsed, projectDir));
  return {
    executable,
    version,
    args: line(folder.targetPath, folder.logPath),
    failingRows: limit === undefined ? null : { limit, args: inlineCommandLine({ vars }, { ...folders, ...folder }) },
    cwd: projectDir,
    env,
    folder,
    packages: project.packages && { ...project.packages, key: packagesKey(project.packages, { version, env, vars: options.vars ?? {} }) },
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

/**
 * Names where a project is, without the folder of a commit: all commits of a project share a parse. dbt notices itself which files are others.
 * @param cwd the integration's folder, such as `ints/shop` in the tree of some commit
 * @returns the same for all projects outside of the integration, such as those that were checked out
 */
function placeOf(cwd: string, projectDir: string): string {
  // dbt may write the path without links into its parse.
  if (realpathSync(projectDir) !== projectDir) return projectDir;
  const path = relative(cwd, projectDir);
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path) ? '' : join(basename(dirname(cwd)), basename(cwd), path);
}

/** Names packages by all that decides which ones they are. A token doesn't: it is in a variable DBT_ENV_SECRET_…, by dbt's own rule. */
function packagesKey({ texts }: DbtPackages, given: Pick<Prepared, 'version' | 'env'> & Required<Pick<DbtOptions, 'vars'>>): string {
  const names = [...new Set(texts.flatMap(namedEnvVars))].filter((name) => !name.startsWith('DBT_ENV_SECRET_'));
  const values = names.map((name) => [name, given.env[name]]);
  const vars = texts.some((text) => /\bvar\s*\(/.test(text)) ? given.vars : {};
  return createHash('sha256')
    .update(JSON.stringify([given.version, ...texts, values, vars]))
    .digest('hex')
    .slice(0, 24);
}
