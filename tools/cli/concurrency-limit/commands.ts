import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { decay, wholeNumber } from '../command/value.ts';
import type { CreateOptions } from './create.ts';
import type { UpdateOptions } from './update.ts';

const argument = ['<name>', 'its name or its id'] as const;
const decayOption = [
  '--decay, --slot-decay-per-second <n>',
  'how many slots become free by themselves each second, for a rate limit',
  decay,
] as const;
const takenOption = ['--active-slots <n>', 'how many slots count as taken', wholeNumber(0)] as const;

export function addConcurrencyLimitCommands(program: Command): void {
  const limit = group(program, 'concurrency-limit', 'manage the limits that runs share by name').aliases([
    'global-concurrency-limit',
    'gcl',
  ]);

  leaf(limit, { name: 'ls', summary: 'list concurrency limits', examples: ['concurrency-limit ls'] }).action(
    async (_, command: Command) => {
      const { ls } = await import('./ls.ts');
      await act(command, ls);
    },
  );

  leaf(limit, { name: 'inspect', summary: 'show a concurrency limit', examples: ['concurrency-limit inspect warehouse'] })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { inspect } = await import('./inspect.ts');
      await act(command, (call) => inspect(call, name));
    });

  leaf(limit, {
    name: 'create',
    summary: 'create a concurrency limit',
    details:
      "Flows take slots with concurrency('warehouse'). If the limit has --decay, they take slots with rateLimit('api'). Runs do not wait if no limit has that name.",
    examples: ['concurrency-limit create warehouse 2', 'concurrency-limit create api 10 --decay 0.5'],
  })
    .argument('<name>', 'any characters but / % & > <')
    .argument('[limit]', 'how many slots the limit has', wholeNumber(0))
    .option('-l, --limit <n>', 'how many slots the limit has, instead of the argument', wholeNumber(0))
    .option(...decayOption)
    .option(...takenOption)
    .option('--disable', 'create the limit disabled: runs do not wait for it')
    .action(async (name: string, slots: number | undefined, options: CreateOptions, command: Command) => {
      const { create } = await import('./create.ts');
      await act(command, (call) => create(call, name, slots, options));
    });

  leaf(limit, {
    name: 'update',
    summary: 'change a concurrency limit',
    examples: ['concurrency-limit update warehouse --limit 4', 'concurrency-limit update warehouse --active-slots 0'],
  })
    .argument(...argument)
    .option('-l, --limit <n>', 'how many slots the limit has', wholeNumber(0))
    .option(...decayOption)
    .option(...takenOption)
    .option('--enable', 'enable the limit')
    .option('--disable', 'disable the limit: runs do not wait for it')
    .action(async (name: string, options: UpdateOptions, command: Command) => {
      const { update } = await import('./update.ts');
      await act(command, (call) => update(call, name, options));
    });

  for (const [verb, summary] of [
    ['enable', 'enable a concurrency limit'],
    ['disable', 'disable a concurrency limit: runs do not wait for it'],
  ] as const)
    leaf(limit, { name: verb, summary, examples: [`concurrency-limit ${verb} warehouse`] })
      .argument(...argument)
      .action(async (name: string, _, command: Command) => {
        const { update } = await import('./update.ts');
        await act(command, (call) => update(call, name, { [verb]: true }));
      });

  leaf(limit, { name: 'delete', summary: 'delete a concurrency limit', examples: ['concurrency-limit delete warehouse'] })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { remove } = await import('./delete.ts');
      await act(command, (call) => remove(call, name));
    });
}
