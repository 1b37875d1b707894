import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { port } from '../command/value.ts';
import type { StartOptions } from './start.ts';

export function addPostgresCommands(program: Command): void {
  const postgres = group(program, 'postgres', 'run a Postgres for development');

  leaf(postgres, {
    name: 'start',
    summary: 'run a Postgres on this machine until Ctrl-C',
    details:
      'It listens on 127.0.0.1 only. Its data is in .tributary/postgres beside nx.json, or in --dir, with a generated password in a file that only you can read. ' +
      'Prints the commands that make secrets of the user and the password. When it is ready, it prints where it listens, as JSON with --json.',
    examples: ['postgres start', 'postgres start --port 5432'],
    engine: false,
  })
    .option('--port <port>', 'the port (default: a free one)', port)
    .option('--dir <folder>', 'the folder of the data (default: .tributary/postgres)')
    .action(async (options: StartOptions, command: Command) => {
      const { start } = await import('./start.ts');
      await act(command, (call) => start(call, options));
    });
}
