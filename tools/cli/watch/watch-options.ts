import type { Command } from 'commander';

export interface WatchFlags {
  readonly watch?: boolean;
  /** false with --no-children */
  readonly children: boolean;
}

/** The paragraph about --watch in a command's help. */
export const watchDetails =
  'With --watch, the command shows states, tasks and logs until the run and its child runs have ended. The exit code is 0 if the run itself ' +
  'completed, and 1 if it ended otherwise. Child runs that the run does not wait for do not change the exit code. Ctrl-C stops watching, and ' +
  'the run continues (exit code 130).';

/** Adds --watch and --no-children to a verb that starts a run. */
export function addWatchOptions(command: Command): Command {
  return command
    .option('--watch', 'show what happens until the run has ended')
    .option('--no-children', 'with --watch: do not follow child runs');
}
