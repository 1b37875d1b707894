import { TributaryError } from '@tributary/contract/error';

/** dbt's own sub-commands that end by themselves and take a selection of nodes. */
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

/** dbt's own sub-commands, without those that never end (`docs serve`) or ask questions (`init`). */
export const subCommands = [...selectingSubCommands, 'clean', 'debug', 'deps', 'parse', 'retry', 'run-operation'] as const;
export type SubCommand = (typeof subCommands)[number];

/** They read files only: no database is opened, so they need not queue for one. */
const offline: ReadonlySet<SubCommand> = new Set(['clean', 'deps', 'list', 'ls', 'parse']);
export function opensDatabase(subCommand: SubCommand): boolean {
  return !offline.has(subCommand);
}

/** Some write no artifacts, and dbt then knows no `--target-path`. */
export function takesTargetPath(subCommand: SubCommand): boolean {
  return subCommand !== 'debug' && subCommand !== 'deps';
}

/** @throws misuse: anything that is not one of dbt's own sub-commands, a flag or a shell's line included */
export function readSubCommand(text: string): SubCommand {
  const found = subCommands.find((name) => name === text);
  if (found) return found;
  throw new TributaryError('misuse', `"${text}" is no sub-command of dbt that a flow can run. Use one of: ${subCommands.join(', ')}.`);
}
