import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { misuse } from '../command/refusal.ts';

export function addSecretCommands(program: Command): void {
  const secret = group(program, 'secret', 'manage the secrets that flows read by name');
  const argument = ['<name>', 'lowercase letters, digits and dashes'] as const;

  leaf(secret, {
    name: 'set',
    summary: 'create or change a secret; its value comes from standard input',
    details: 'A terminal does not show the value while it is typed. No command ever prints it.',
    examples: [`printf %s "$TOKEN" | npx tributary secret set github-token`],
  })
    .argument(...argument)
    // An excess argument may be the secret's value. commander's own error message would print it.
    .allowExcessArguments(true)
    .allowUnknownOption(true)
    .action(async (name: string, _, command: Command) => {
      if (command.args.length > 1)
        throw misuse(
          `A secret's value comes from standard input, never from an argument: printf %s "$VALUE" | npx tributary secret set ${name}`,
        );
      const { set } = await import('./set.ts');
      await act(command, (call) => set(call, name));
    });

  leaf(secret, { name: 'ls', summary: 'list secrets, without their values', examples: ['secret ls'] }).action(
    async (_, command: Command) => {
      const { ls } = await import('./ls.ts');
      await act(command, ls);
    },
  );

  leaf(secret, { name: 'delete', summary: 'delete a secret', examples: ['secret delete github-token'] })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { remove } = await import('./delete.ts');
      await act(command, (call) => remove(call, name));
    });
}
