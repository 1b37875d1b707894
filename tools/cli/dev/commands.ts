import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { leaf } from '../command/leaf.ts';
import { commaList, port, wholeNumber } from '../command/value.ts';
import type { DevOptions } from './dev.ts';

export function addDevCommand(program: Command): void {
  leaf(program, {
    name: 'dev',
    summary: 'run server and workers, and redeploy on save, in one terminal until Ctrl-C',
    details:
      'Deploys all integrations at the start, and again after each change of a file below ints/ or tools/, each time in a new process. ' +
      'Each work pool gets a worker. ' +
      'The command uses its own server in .tributary/, and ignores TRIBUTARY_API_URL and PREFECT_API_URL.',
    examples: ['dev', 'dev --port 4300 --pass-env AWS_PROFILE'],
    engine: false,
  })
    .option('--port <port>', "the server's port; 0 for any free one (default: 4200, or the next free one)", port)
    .option(
      '--limit <n>',
      'how many runs of a work pool at once, without those that wait for child runs (default: 4 per core)',
      wholeNumber(1),
    )
    .option('--pass-env <names>', 'environment variables that runs get, separated by commas (repeatable)', commaList)
    .action(async (options: DevOptions, command: Command) => {
      const { dev } = await import('./dev.ts');
      await act(command, (call) => dev(call, options));
    });
}
