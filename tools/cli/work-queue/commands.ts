import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { wholeNumber } from '../command/value.ts';
import type { QueueOptions } from './update.ts';

const argument = ['<queue>', 'its name'] as const;
const poolOption = ['-p, --pool <pool>', 'the work pool of the queue', 'tributary'] as const;

export function addWorkQueueCommands(program: Command): void {
  const workQueue = group(program, 'work-queue', 'manage the queues of work pools; "work-pool inspect" lists them');

  for (const [verb, paused, summary] of [
    ['pause', true, 'stop workers from claiming the runs of a work queue'],
    ['resume', false, 'let workers claim the runs of a work queue again'],
  ] as const)
    leaf(workQueue, { name: verb, summary, examples: [`work-queue ${verb} heavy`] })
      .argument(...argument)
      .option(...poolOption)
      .action(async (name: string, options: QueueOptions, command: Command) => {
        const { setPaused } = await import('./update.ts');
        await act(command, (call) => setPaused(call, name, options, paused));
      });

  leaf(workQueue, {
    name: 'set-concurrency-limit',
    summary: 'set how many runs of a work queue may run at once',
    examples: ['work-queue set-concurrency-limit heavy 2', 'work-queue set-concurrency-limit default 4 --pool py'],
  })
    .argument(...argument)
    .argument('<limit>', 'how many runs at once, over all workers', wholeNumber(0))
    .option(...poolOption)
    .action(async (name: string, limit: number, options: QueueOptions, command: Command) => {
      const { setLimit } = await import('./update.ts');
      await act(command, (call) => setLimit(call, name, options, limit));
    });

  leaf(workQueue, {
    name: 'clear-concurrency-limit',
    summary: "remove a work queue's limit",
    examples: ['work-queue clear-concurrency-limit heavy'],
  })
    .argument(...argument)
    .option(...poolOption)
    .action(async (name: string, options: QueueOptions, command: Command) => {
      const { setLimit } = await import('./update.ts');
      await act(command, (call) => setLimit(call, name, options, null));
    });
}
