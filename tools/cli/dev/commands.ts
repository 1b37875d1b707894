import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { leaf } from '../command/leaf.ts';
import { commaList, port, wholeNumber } from '../command/value.ts';
import type { DevOptions } from './dev.ts';

export function addDevCommand(program: Command): void {
  leaf(program, {
    name: 'dev',
    summary: 'server, worker and redeploy on save, in one terminal until Ctrl-C',
    details:
      'Deploys all integrations at the start, and again a moment after a file below ints/ or tools/ has changed, each time from a fresh process. ' +
      'It works on a server of its own in .tributary/, whatever TRIBUTARY_API_URL and PREFECT_API_URL say.',
    examples: ['dev', 'dev --port 4300 --pass-env AWS_PROFILE'],
    engine: false,
  })
    .option('--port <port>', "the server's port (4200, or the next free one, unless told; 0: any free one)", port)
    .option('--limit <n>', 'runs at once (4 for each core unless told)', wholeNumber(1))
    .option('--pass-env <names>', 'environment variables that runs get, between commas (repeatable)', commaList)
    .action(async (options: DevOptions, command: Command) => {
      const { dev } = await import('./dev.ts');
      await act(command, (call) => dev(call, options));
    });
}
