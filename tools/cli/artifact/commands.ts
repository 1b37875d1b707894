import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { wholeNumber } from '../command/value.ts';
import type { LsOptions } from './ls.ts';

const argument = ['<artifact>', 'its key or its id'] as const;

export function addArtifactCommands(program: Command): void {
  const artifact = group(program, 'artifact', 'list, show and delete the artifacts of runs');

  leaf(artifact, {
    name: 'ls',
    summary: 'list artifacts, newest first; of each key only the last version',
    examples: ['artifact ls', 'artifact ls --all --type table --json'],
  })
    .option('--all', 'list all versions of each key')
    .option('--type <type>', "only artifacts of this type: 'table', 'markdown', 'link', 'progress'")
    .option('--flow-run <flow-run>', 'only artifacts of this flow run')
    .option('--limit <n>', 'how many to list, up to 2000', wholeNumber(1, 2000), 100)
    .action(async (options: LsOptions, command: Command) => {
      const { ls } = await import('./ls.ts');
      await act(command, (call) => ls(call, options));
    });

  leaf(artifact, { name: 'inspect', summary: 'show an artifact, or the last version of a key', examples: ['artifact inspect row-counts'] })
    .argument(...argument)
    .action(async (wanted: string, _, command: Command) => {
      const { inspect } = await import('./inspect.ts');
      await act(command, (call) => inspect(call, wanted));
    });

  leaf(artifact, { name: 'delete', summary: 'delete an artifact, or all versions of a key', examples: ['artifact delete row-counts'] })
    .argument(...argument)
    .action(async (wanted: string, _, command: Command) => {
      const { remove } = await import('./delete.ts');
      await act(command, (call) => remove(call, wanted));
    });
}
