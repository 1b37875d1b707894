import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { port } from '../command/value.ts';
import type { StartOptions } from './start.ts';

export function addServerCommands(program: Command): void {
  const server = group(program, 'server', 'run the embedded server');

  leaf(server, {
    name: 'start',
    summary: 'run the embedded server until Ctrl-C',
    details:
      'Its state stands in .tributary/ beside nx.json (TRIBUTARY_HOME moves it). With TRIBUTARY_API_AUTH_STRING=user:password set, callers must bring that; ' +
      'without it the server listens on this machine only. It starts whatever TRIBUTARY_API_URL and PREFECT_API_URL say. Prints one line when it is ready, one JSON line with --json.',
    examples: ['server start', 'server start --port 4300'],
    engine: false,
  })
    .option('--host <host>', 'the address to listen on (127.0.0.1 unless told)')
    .option('--port <port>', 'the port (4200, or the next free one, unless told; 0: any free one)', port)
    .action(async (options: StartOptions, command: Command) => {
      const { start } = await import('./start.ts');
      await act(command, (call) => start(call, options));
    });
}
