import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';

export function addWorkPoolCommands(program: Command): void {
  const workPool = group(program, 'work-pool', 'look at work pools, their queues and workers');

  leaf(workPool, { name: 'ls', summary: 'list work pools', examples: ['work-pool ls'] }).action(async (_, command: Command) => {
    const { ls } = await import('./ls.ts');
    await act(command, ls);
  });

  leaf(workPool, { name: 'inspect', summary: 'show a work pool with its queues and workers', examples: ['work-pool inspect tributary'] })
    .argument('<pool>', 'its name')
    .action(async (name: string, _, command: Command) => {
      const { inspect } = await import('./inspect.ts');
      await act(command, (call) => inspect(call, name));
    });
}
