import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { duration } from '../command/value.ts';
import type { PruneOptions } from './prune.ts';

export function addCodeCommands(program: Command): void {
  const code = group(program, 'code', 'look after the code that workers on this machine have fetched');

  leaf(code, {
    name: 'ls',
    summary: 'list what the code store has: how large it is, when it was used last, for which commits and deployments',
    details: 'Its folder is TRIBUTARY_CODE_DIR (default: tributary/code in your cache folder). Deployments are named if an engine answers.',
    examples: ['code ls', 'code ls --json'],
  }).action(async (_, command: Command) => {
    const { ls } = await import('./ls.ts');
    await act(command, ls);
  });

  leaf(code, {
    name: 'prune',
    summary: 'remove code that was not used for a week',
    details: 'What a process uses stays, and so does what other layers need. Removed code is fetched again when a run needs it.',
    examples: ['code prune', 'code prune --older-than 30d', 'code prune --all'],
    engine: false,
  })
    .option('--older-than <duration>', 'remove what was not used for so long, such as 12h (default: 7d)', duration)
    .option('--all', 'remove everything that no process uses')
    .action(async (options: PruneOptions, command: Command) => {
      const { prune } = await import('./prune.ts');
      await act(command, (call) => prune(call, options));
    });

  leaf(code, {
    name: 'verify',
    summary: 'find damaged code: read all of it, and compare it with what was fetched',
    details: 'Exit code 1 if a damaged layer stays.',
    examples: ['code verify', 'code verify --repair'],
    engine: false,
  })
    .option('--repair', 'remove damaged layers, and those without a record, so that the next run makes them anew')
    .action(async (options: { readonly repair?: boolean }, command: Command) => {
      const { verify } = await import('./verify.ts');
      await act(command, (call) => verify(call, options));
    });
}
