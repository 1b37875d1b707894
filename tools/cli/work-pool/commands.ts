import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { wholeNumber } from '../command/value.ts';
import type { CreateOptions } from './create.ts';

const argument = ['<pool>', 'its name'] as const;

export function addWorkPoolCommands(program: Command): void {
  const workPool = group(program, 'work-pool', 'manage work pools');

  leaf(workPool, { name: 'ls', summary: 'list work pools', examples: ['work-pool ls'] }).action(async (_, command: Command) => {
    const { ls } = await import('./ls.ts');
    await act(command, ls);
  });

  leaf(workPool, { name: 'inspect', summary: 'show a work pool with its queues and workers', examples: ['work-pool inspect tributary'] })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { inspect } = await import('./inspect.ts');
      await act(command, (call) => inspect(call, name));
    });

  leaf(workPool, {
    name: 'create',
    summary: 'create a work pool',
    details:
      'A Tributary worker creates its pool when it starts. Create a pool yourself to choose its settings, or for workers of other types.',
    examples: ['work-pool create heavy --concurrency-limit 2', 'work-pool create py --type process'],
  })
    .argument('<pool>', 'any characters but / % & > <')
    .option('-t, --type <type>', 'the type of its workers', 'tributary')
    .option('--paused', 'create the pool paused')
    .option('--concurrency-limit <n>', 'how many runs at once', wholeNumber(0))
    .option('--description <text>', 'what the pool is for')
    .option('--base-job-template <file>', 'a JSON file with the template of its jobs')
    .option('--overwrite', 'change the pool if it exists with this type')
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const { create } = await import('./create.ts');
      await act(command, (call) => create(call, name, options));
    });

  for (const [verb, paused, summary] of [
    ['pause', true, "stop a work pool's workers from claiming runs"],
    ['resume', false, "let a work pool's workers claim runs again"],
  ] as const)
    leaf(workPool, { name: verb, summary, examples: [`work-pool ${verb} heavy`] })
      .argument(...argument)
      .action(async (name: string, _, command: Command) => {
        const { setPaused } = await import('./update.ts');
        await act(command, (call) => setPaused(call, name, paused));
      });

  leaf(workPool, {
    name: 'set-concurrency-limit',
    summary: 'set how many runs of a work pool may run at once',
    examples: ['work-pool set-concurrency-limit heavy 2'],
  })
    .argument(...argument)
    .argument('<limit>', 'how many runs at once, over all its workers', wholeNumber(0))
    .action(async (name: string, limit: number, _, command: Command) => {
      const { setLimit } = await import('./update.ts');
      await act(command, (call) => setLimit(call, name, limit));
    });

  leaf(workPool, {
    name: 'clear-concurrency-limit',
    summary: "remove a work pool's limit",
    examples: ['work-pool clear-concurrency-limit heavy'],
  })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { setLimit } = await import('./update.ts');
      await act(command, (call) => setLimit(call, name, null));
    });

  leaf(workPool, { name: 'delete', summary: 'delete a work pool and its queues', examples: ['work-pool delete heavy'] })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { remove } = await import('./delete.ts');
      await act(command, (call) => remove(call, name));
    });
}
