import { TributaryError } from '@tributary/contract/error';

/** The sub-commands of dbt that end by themselves and take a selection of nodes. */
export const selectingSubCommands = [
  'build',
  'run',
  'test',
  'seed',
  'snapshot',
  'compile',
  'clone',
  'show',
  'ls',
  'list',
  'docs generate',
  'source freshness',
] as const;

/** The sub-commands of dbt, without those that never end (`docs serve`) or ask questions (`init`). */
export const subCommands = [...selectingSubCommands, 'clean', 'debug', 'deps', 'parse', 'retry', 'run-operation'] as const;
export type SubCommand = (typeof subCommands)[number];

/** Sub-commands that only read files. They open no database, so they don't queue for one. */
const offline: ReadonlySet<SubCommand> = new Set(['clean', 'deps', 'list', 'ls', 'parse']);
export function opensDatabase(subCommand: SubCommand): boolean {
  return !offline.has(subCommand);
}

/** Sub-commands that work without the packages of a project. */
const bare: ReadonlySet<SubCommand> = new Set(['clean', 'debug', 'deps']);
export function needsPackages(subCommand: SubCommand): boolean {
  return !bare.has(subCommand);
}

/** Whether a sub-command takes `--target-path`. Those that write no artifacts don't. */
export function takesTargetPath(subCommand: SubCommand): boolean {
  return subCommand !== 'debug' && subCommand !== 'deps';
}

/** Checks a sub-command. @throws `misuse` if the text isn't one, for example a flag or a shell command */
export function readSubCommand(text: string): SubCommand {
  const found = subCommands.find((name) => name === text);
  if (found) return found;
  throw new TributaryError('misuse', `"${text}" isn't a sub-command of dbt that a flow can run. Use one of: ${subCommands.join(', ')}.`);
}
