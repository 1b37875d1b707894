import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { port } from '../command/value.ts';
import type { StartOptions } from './start.ts';

export function addServerCommands(program: Command): void {
  const server = group(program, 'server', "run this workspace's own server");

  leaf(server, {
    name: 'start',
    summary: "run this workspace's own server until Ctrl-C",
    details:
      'The state of the server is in .tributary/ beside nx.json, or in TRIBUTARY_HOME. With TRIBUTARY_API_AUTH_STRING=user:password, clients must authenticate; ' +
      'without this variable, the server listens only on this machine. It ignores TRIBUTARY_API_URL and PREFECT_API_URL. Prints one line when it is ready, as JSON with --json.',
    examples: ['server start', 'server start --port 4300'],
    engine: false,
  })
    .option('--host <host>', 'the address to listen on (default: 127.0.0.1)')
    .option('--port <port>', 'the port; 0 for any free one (default: 4200, or the next free one)', port)
    .action(async (options: StartOptions, command: Command) => {
      const { start } = await import('./start.ts');
      await act(command, (call) => start(call, options));
    });
}
