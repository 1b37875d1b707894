import { logger, observeTask, run } from '@tributary/flow';

import type { DbtResult } from './command.ts';
import type { DbtArguments } from './prepare/arguments.ts';
import type { DbtOptions } from './prepare/prepare.ts';
import type { SubCommand } from './prepare/sub-command.ts';
import { readSubCommand } from './prepare/sub-command.ts';

type Usual = 'build' | 'run' | 'test' | 'seed' | 'snapshot';

/** The commands of a dbt project, to call inside a flow. Each node becomes a task run, and each line a log line. */
export interface Dbt extends Readonly<Record<Usual, (given?: DbtArguments) => Promise<DbtResult>>> {
  /**
   * Runs a sub-command.
   * @param subCommand a sub-command of dbt, such as `build` or `source freshness`
   * @throws `dbt` if the sub-command fails, with the failing nodes, their messages and where their compiled SQL is; `misuse` for an unknown
   * sub-command
   */
  command(subCommand: SubCommand, given?: DbtArguments): Promise<DbtResult>;
}

/** Uses an existing dbt project. See {@link DbtOptions}. */
export function dbt(options: DbtOptions): Dbt {
  const command = async (name: string, given: DbtArguments = {}): Promise<DbtResult> => {
    const subCommand = readSubCommand(name);
    // A plan imports this module too, and needs neither the code that runs dbt nor the packages that it loads.
    const [{ runCommand }, { keepNodes }] = await Promise.all([import('./command.ts'), import('./run/keep-nodes.ts')]);
    return runCommand(subCommand, given, options, {
      run: run(),
      log: (level, message) => logger[level](message),
      observe: observeTask,
      keep: keepNodes,
    });
  };
  return {
    command,
    build: (given) => command('build', given),
    run: (given) => command('run', given),
    test: (given) => command('test', given),
    seed: (given) => command('seed', given),
    snapshot: (given) => command('snapshot', given),
  };
}
