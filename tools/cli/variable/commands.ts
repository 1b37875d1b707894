import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { commaList } from '../command/value.ts';
import type { SetOptions } from './set.ts';

export function addVariableCommands(program: Command): void {
  const variable = group(program, 'variable', 'manage the variables that flows read by name');
  const argument = ['<name>', 'lowercase letters, digits and underscores'] as const;

  leaf(variable, { name: 'get', summary: "print a variable's value", examples: ['variable get page_size'] })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { get } = await import('./get.ts');
      await act(command, (call) => get(call, name));
    });

  leaf(variable, {
    name: 'set',
    summary: 'create or change a variable',
    details: 'A value that is JSON is stored as JSON, any other value as text.',
    examples: ['variable set page_size 50', `variable set regions '["eu","us"]' --tag finance`],
  })
    .argument(...argument)
    .argument('<value>', 'JSON or text, under 5,000 characters')
    .option('--tag <tag>', 'a tag (repeatable)', commaList)
    .action(async (name: string, value: string, options: SetOptions, command: Command) => {
      const { set } = await import('./set.ts');
      await act(command, (call) => set(call, name, value, options));
    });

  leaf(variable, { name: 'ls', summary: 'list variables', examples: ['variable ls'] }).action(async (_, command: Command) => {
    const { ls } = await import('./ls.ts');
    await act(command, ls);
  });

  leaf(variable, { name: 'delete', summary: 'delete a variable', examples: ['variable delete page_size'] })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { remove } = await import('./delete.ts');
      await act(command, (call) => remove(call, name));
    });
}
