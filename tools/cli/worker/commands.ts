import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { commaList, positiveSeconds, seconds, wholeNumber } from '../command/value.ts';
import type { StartOptions } from './start.ts';

export function addWorkerCommands(program: Command): void {
  const worker = group(program, 'worker', 'run a worker, which starts the runs that are due');

  leaf(worker, {
    name: 'start',
    summary: 'run a worker until Ctrl-C; it starts the due runs of a work pool',
    details:
      'Exits with 1 if no server answers at the start: as a service, let the service manager restart it. Later outages of the server are waited for. ' +
      "Creates the pool if it does not exist. Runs get only these variables of the worker's environment: PATH, HOME, TZ, LANG and those of --pass-env. " +
      'Code of Git repositories is kept in the folder TRIBUTARY_CODE_DIR (default: tributary/code in your cache folder), ' +
      'up to TRIBUTARY_CODE_LIMIT GB (default: 10). ' +
      'Prints one line when the worker is ready, as JSON with --json.',
    examples: ['worker start', 'worker start --pool tributary --queue heavy --limit 2 --pass-env AWS_PROFILE,AWS_REGION'],
  })
    .option('--pool <pool>', 'the work pool', 'tributary')
    .option('--queue <queue>', 'only this queue of the pool (repeatable)', commaList)
    .option('--limit <n>', 'how many runs at once, without those that wait for child runs (default: 4 per core)', wholeNumber(1))
    .option('--prestart <n>', 'how many run hosts to start in advance; 0 for none (default: one per core)', wholeNumber(0))
    .option(
      '--name <name>',
      "the worker's name; the worker settles the runs that an earlier worker of the same name left (default: a name stored in .tributary/)",
    )
    .option('--pass-env <names>', 'environment variables that runs get, separated by commas (repeatable)', commaList)
    .option(
      '--heartbeat-seconds <seconds>',
      'time between two heartbeats; after three missed ones the worker counts as offline (default: 10)',
      positiveSeconds,
    )
    .option(
      '--poll-seconds <seconds>',
      'time between two polls of a Prefect server: 0.5 to 1 while there is work and shortly after, then up to this value (default: 5)',
      positiveSeconds,
    )
    .option('--grace-seconds <seconds>', 'how long a cancelled run may take to end before it is terminated (default: 30)', seconds)
    .option('--drain-seconds <seconds>', 'how long running runs may continue after Ctrl-C (default: 0)', seconds)
    .option('--data-dir <folder>', 'where runs store their files (default: .tributary/data)')
    .action(async (options: StartOptions, command: Command) => {
      const { start } = await import('./start.ts');
      await act(command, (call) => start(call, options));
    });
}
