import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { commaList, positiveSeconds, seconds, wholeNumber } from '../command/value.ts';
import type { StartOptions } from './start.ts';

export function addWorkerCommands(program: Command): void {
  const worker = group(program, 'worker', 'run a worker');

  leaf(worker, {
    name: 'start',
    summary: 'run a worker, which starts what is due in a work pool, until Ctrl-C',
    details:
      'The pool is created when there is none of that name. Runs get PATH, HOME, TZ, LANG and what --pass-env names from the environment, nothing else. ' +
      'Prints one line when it is ready, one JSON line with --json.',
    examples: ['worker start', 'worker start --pool tributary --queue heavy --limit 2 --pass-env AWS_PROFILE,AWS_REGION'],
  })
    .option('--pool <pool>', 'the work pool', 'tributary')
    .option('--queue <queue>', 'only this queue of the pool (repeatable)', commaList)
    .option('--limit <n>', 'runs at once (4 for each core unless told)', wholeNumber(1))
    .option('--prestart <n>', 'run hosts that wait started; 0 for none (one for each core unless told)', wholeNumber(0))
    .option('--name <name>', 'its name; a worker settles what an earlier one of its name left (kept in .tributary/ unless told)')
    .option('--pass-env <names>', 'environment variables that runs get, between commas (repeatable)', commaList)
    .option(
      '--heartbeat-seconds <seconds>',
      'how often it says that it lives (10 unless told); it counts as dead after three',
      positiveSeconds,
    )
    .option(
      '--poll-seconds <seconds>',
      'longest wait between two looks for work on a Prefect server (5 unless told; 0.5 to 1 while there is or lately was work)',
      positiveSeconds,
    )
    .option('--grace-seconds <seconds>', 'what a cancelled run gets before it is terminated (30 unless told)', seconds)
    .option('--drain-seconds <seconds>', 'how long its runs may go on after Ctrl-C', seconds)
    .option('--data-dir <folder>', 'where runs keep their files (.tributary/data unless told)')
    .action(async (options: StartOptions, command: Command) => {
      const { start } = await import('./start.ts');
      await act(command, (call) => start(call, options));
    });
}
