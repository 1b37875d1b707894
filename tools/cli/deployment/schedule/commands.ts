import type { Command } from 'commander';

import { act } from '../../command/call.ts';
import { group, leaf } from '../../command/leaf.ts';
import type { PauseOptions } from './pause.ts';

const example = 'export/dummyjson_products';
const argument = ['<deployment>', 'its name (flow/deployment) or its id'] as const;

export function addScheduleCommands(deployment: Command): void {
  const schedule = group(deployment, 'schedule', "list a deployment's schedules, pause and resume them one by one");

  leaf(schedule, { name: 'ls', summary: "list a deployment's schedules", examples: [`deployment schedule ls ${example}`] })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { ls } = await import('./ls.ts');
      await act(command, (call) => ls(call, name));
    });

  for (const [verb, active, summary] of [
    ['pause', false, 'stop one schedule, or all, from creating runs'],
    ['resume', true, 'let one schedule, or all, create runs again'],
  ] as const)
    leaf(schedule, { name: verb, summary, examples: [`deployment schedule ${verb} ${example} cron-1`] })
      .argument(...argument)
      .argument('[schedule]', 'its slug or its id; optional if there is only one')
      .option('--all', 'all schedules')
      .action(async (name: string, wanted: string | undefined, options: PauseOptions, command: Command) => {
        const { setActive } = await import('./pause.ts');
        await act(command, (call) => setActive(call, name, wanted, { ...options, active }));
      });
}
