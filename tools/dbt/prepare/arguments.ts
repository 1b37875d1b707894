import { TributaryError } from '@tributary/contract/error';
import { type Json, writeJson } from '@tributary/contract/json';

import type { SubCommand } from './sub-command.ts';
import { takesTargetPath } from './sub-command.ts';

/** The arguments of a command. Each becomes one element of the argument array. No shell is involved. */
export interface DbtArguments {
  /** dbt's selection syntax, such as `stage_orders+` or `tag:nightly`; an array selects the union */
  readonly select?: string | readonly string[];
  readonly exclude?: string | readonly string[];
  /** the name of a selector in selectors.yml */
  readonly selector?: string;
  /** variables that override the project's `vars` */
  readonly vars?: Readonly<Record<string, Json>>;
  readonly fullRefresh?: boolean;
  /** the target folder of an earlier command, for `retry`, `state:` and `--defer` */
  readonly state?: string;
  /** further flags and arguments of dbt, such as `['--fail-fast']`, or the macro's name for run-operation */
  readonly extra?: readonly string[];
}

/** The folders of a command. Paths are absolute. */
export interface CommandFolders {
  readonly projectDir: string;
  readonly profilesDir: string;
  readonly profile: string | null;
  readonly target: string | null;
  readonly targetPath: string;
  readonly logPath: string;
}

/** Flags that the framework sets. It needs them to follow the run, to queue for the database, and to keep the files of two runs apart. */
const ours = new Set([
  '--project-dir',
  '--profiles-dir',
  '--profile',
  '--target',
  '-t',
  '--target-path',
  '--log-path',
  '--log-format',
  '--log-format-file',
  '--log-level',
  '--quiet',
  '-q',
  '--no-write-json',
  '--no-print',
  '--use-colors',
]);

/** Builds the whole command line after `dbt`, as an array. */
export function commandLine(subCommand: SubCommand, given: DbtArguments, folders: CommandFolders): string[] {
  const extra = given.extra ?? [];
  for (const argument of extra) {
    const flag = argument.split('=')[0] ?? '';
    if (ours.has(flag))
      throw new TributaryError(
        'misuse',
        `dbt ${subCommand}: ${flag} is set by the framework and can't be given here. Leave it out, or use the option of dbt({ … }) for it.`,
      );
  }
  return [
    ...subCommand.split(' '),
    `--project-dir=${folders.projectDir}`,
    `--profiles-dir=${folders.profilesDir}`,
    ...(folders.profile ? [`--profile=${folders.profile}`] : []),
    ...(folders.target ? [`--target=${folders.target}`] : []),
    ...(takesTargetPath(subCommand) ? [`--target-path=${folders.targetPath}`] : []),
    `--log-path=${folders.logPath}`,
    '--log-format=json',
    '--log-level=debug',
    '--log-format-file=text',
    '--no-use-colors',
    '--no-send-anonymous-usage-stats',
    ...selection(subCommand, 'select', given.select),
    ...selection(subCommand, 'exclude', given.exclude),
    ...selection(subCommand, 'selector', given.selector),
    ...(given.vars && Object.keys(given.vars).length > 0 ? [`--vars=${writeJson(given.vars)}`] : []),
    ...(given.fullRefresh ? ['--full-refresh'] : []),
    ...(given.state ? [`--state=${given.state}`] : []),
    ...extra,
  ];
}

/**
 * Builds the command line of a query whose result is data, but without the query: the caller adds `--inline=…`. dbt writes nothing about
 * the query to its files, and doesn't list the tables of the database first.
 */
export function inlineCommandLine(given: Pick<DbtArguments, 'vars'>, folders: CommandFolders): string[] {
  const flags = ['--log-level=info', '--log-level-file=none', '--no-write-json', '--no-populate-cache', '--print'];
  return [...commandLine('compile', given, folders), ...flags];
}

function selection(
  subCommand: SubCommand,
  flag: 'select' | 'exclude' | 'selector',
  given: string | readonly string[] | undefined,
): string[] {
  const values = typeof given === 'string' ? [given] : (given ?? []);
  return values.map((value) => {
    if (/^\s*$/.test(value))
      throw new TributaryError('misuse', `dbt ${subCommand}: --${flag} is empty. Name a node, such as stage_orders+.`);
    if (value.split(/\s+/).some((part) => part.startsWith('-')))
      throw new TributaryError('misuse', `dbt ${subCommand}: --${flag} "${value}" looks like a flag. Name nodes, such as stage_orders+.`);
    return `--${flag}=${value}`;
  });
}
