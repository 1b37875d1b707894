import { logger, run as currentRun } from '@tributary/flow';

import type { DbtArguments } from './prepare/arguments.ts';
import type { DbtOptions } from './prepare/prepare.ts';
import { prepare } from './prepare/prepare.ts';
import type { SubCommand } from './prepare/sub-command.ts';
import { readSubCommand } from './prepare/sub-command.ts';
import type { LogSink } from './run/event.ts';
import { takeTurn } from './queue/take-turn.ts';
import type { NodeResult } from './run/ledger.ts';
import { execute } from './run/execute.ts';

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

type Selecting = 'build' | 'run' | 'test' | 'seed' | 'snapshot';

/** Commands of one project, to be called inside a flow. Each node shows up as a task run, and each line as a log. */
export interface Dbt extends Readonly<Record<Selecting, (given?: DbtArguments) => Promise<DbtResult>>> {
  /**
   * @param subCommand one of dbt's own, such as `build` or `source freshness`
   * @throws dbt when it fails: the failing nodes, their messages and compiled SQL; misuse for anything that dbt does not know
   */
  command(subCommand: SubCommand, given?: DbtArguments): Promise<DbtResult>;
}

/** Runs an existing dbt project. See {@link DbtOptions}. */
export function dbt(options: DbtOptions): Dbt {
  const command = (subCommand: string, given: DbtArguments = {}) => runCommand(readSubCommand(subCommand), given, options);
  return {
    command,
    build: (given) => command('build', given),
    run: (given) => command('run', given),
    test: (given) => command('test', given),
    seed: (given) => command('seed', given),
    snapshot: (given) => command('snapshot', given),
  };
}

async function runCommand(subCommand: SubCommand, given: DbtArguments, options: DbtOptions): Promise<DbtResult> {
  const run = currentRun();
  const log: LogSink = (level, message) => logger[level](message);
  const { database, executable, version, cwd, folder, ...rest } = await prepare(subCommand, given, options, run);
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
    const { nodes, output } = await execute(subCommand, { database, executable, version, cwd, folder, ...rest }, run.signal, log);
    const seconds = (performance.now() - began) / 1000;
    return { version, nodes: [...nodes.values()], output, seconds, targetPath: folder.targetPath, logPath: folder.logPath };
  } finally {
    release();
  }
}
