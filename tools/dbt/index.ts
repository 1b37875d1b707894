export type { DbtResult } from './command.ts';
export { dbt, type Dbt } from './dbt.ts';
export type { DbtArguments } from './prepare/arguments.ts';
export type { DbtOptions } from './prepare/prepare.ts';
export { selectingSubCommands, subCommands, type SubCommand } from './prepare/sub-command.ts';
export { readRunResults, type RunResults } from './read/run-results.ts';
export type { NodeStatus } from './run/event.ts';
export type { NodeResult } from './run/ledger.ts';
