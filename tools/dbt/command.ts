import type { DbtArguments } from './prepare/arguments.ts';
import type { DbtOptions } from './prepare/prepare.ts';
import { prepare } from './prepare/prepare.ts';
import type { SubCommand } from './prepare/sub-command.ts';
import { takeTurn } from './queue/take-turn.ts';
import { execute } from './run/execute.ts';
import type { NodeResult } from './run/ledger.ts';
import type { Surroundings } from './run/surroundings.ts';

/** What a command that succeeded left behind. */
export interface DbtResult {
  readonly version: string;
  readonly nodes: readonly NodeResult[];
  /** what the command was asked for: the lines of `ls` or `show` */
  readonly output: readonly string[];
  readonly seconds: number;
  /** the run's own: manifest.json, run_results.json, compiled SQL */
  readonly targetPath: string;
  readonly logPath: string;
}

/** Prepares, waits for the database, runs dbt, and tells what came of it. */
export async function runCommand(
  subCommand: SubCommand,
  given: DbtArguments,
  options: DbtOptions,
  surroundings: Surroundings,
): Promise<DbtResult> {
  const { run, log } = surroundings;
  const prepared = await prepare(subCommand, given, options, run);
  const { database, folder, executable, version, cwd } = prepared;
  if (database.unknown) log('warning', `${database.unknown} is not known before dbt starts, so this run can't queue for its database file`);
  const release = await takeTurn({
    files: database.files,
    who: `flow run "${run.flowRunName}" (${run.flowRunId}, process ${process.pid}), dbt ${subCommand}`,
    signal: run.signal,
    log: (message) => log('info', message),
  });
  const began = performance.now();
  try {
    log('info', `dbt ${subCommand} in ${cwd}, by ${executable} ${version}; its files: ${folder.path}`);
    const { nodes, output } = await execute(subCommand, prepared, surroundings);
    const seconds = (performance.now() - began) / 1000;
    return { version, nodes: [...nodes.values()], output, seconds, targetPath: folder.targetPath, logPath: folder.logPath };
  } finally {
    release();
  }
}
