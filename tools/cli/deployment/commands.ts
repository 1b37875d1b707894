import type { Command } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { commaList, duration, moment, repeated } from '../command/value.ts';
import { addWatchOptions, watchDetails } from '../watch/watch-options.ts';
import { addScheduleCommands } from './schedule/commands.ts';
import type { LsOptions } from './ls.ts';
import type { RunOptions } from './run.ts';

const example = 'export/dummyjson_products';
const argument = ['<deployment>', 'its name (flow/deployment) or its id'] as const;

export function addDeploymentCommands(program: Command): void {
  const deployment = group(program, 'deployment', 'run and manage deployments');

  const run = leaf(deployment, {
    name: 'run',
    summary: 'create a flow run of a deployment',
    details: watchDetails,
    examples: [`deployment run ${example} --watch`, `deployment run ${example} --param baseUrl=http://127.0.0.1:8080 --start-in 10m`],
  })
    .argument(...argument)
    .option('-p, --param <name=value>', 'a parameter; JSON if the value is JSON, otherwise text (repeatable)', repeated)
    .option('--params <json>', 'parameters as a JSON object, or "-" to read it from standard input');
  addWatchOptions(run)
    .option('--at, --start-at <moment>', "when to start: '2026-11-22 08:00' (local) or with an offset", moment)
    .option('--in, --start-in <duration>', "how long to wait before the run starts: '90s', '10m', '2h'", duration)
    .option('--tag <tag>', 'a tag (repeatable)', commaList)
    .option('--name, --flow-run-name <name>', 'a name for the run instead of a random one')
    .option('--idempotency-key <key>', 'a key for this run; if a run has this key already, that run is returned')
    .action(async (name: string, options: RunOptions, command: Command) => {
      const { run: create } = await import('./run.ts');
      await act(command, (call) => create(call, name, options));
    });

  leaf(deployment, { name: 'ls', summary: 'list deployments', examples: ['deployment ls', 'deployment ls --json'] })
    .option('--flow-name <flow>', 'only deployments of this flow')
    .action(async (options: LsOptions, command: Command) => {
      const { ls } = await import('./ls.ts');
      await act(command, (call) => ls(call, options));
    });

  leaf(deployment, { name: 'inspect', summary: 'show a deployment', examples: [`deployment inspect ${example}`] })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { inspect } = await import('./inspect.ts');
      await act(command, (call) => inspect(call, name));
    });

  for (const [verb, paused, summary] of [
    ['pause', true, "stop a deployment's schedules from creating runs"],
    ['resume', false, "let a deployment's schedules create runs again"],
  ] as const)
    leaf(deployment, { name: verb, summary, examples: [`deployment ${verb} ${example}`] })
      .argument(...argument)
      .action(async (name: string, _, command: Command) => {
        const { setPaused } = await import('./pause.ts');
        await act(command, (call) => setPaused(call, name, paused));
      });

  leaf(deployment, {
    name: 'delete',
    summary: 'delete a deployment, its schedules and its runs that have not started',
    examples: [`deployment delete ${example}`],
  })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { remove } = await import('./delete.ts');
      await act(command, (call) => remove(call, name));
    });

  leaf(deployment, {
    name: 'adopt',
    summary: 'make this workspace the owner of a deployment, and print the code that declares it',
    details:
      'Nothing else of the deployment changes. Without INTEGRATION, the integration that declares the deployment owns it. ' +
      'From then on, deploys change it as the code says, or delete it if the code does not declare it.',
    examples: ['deployment adopt export/crm', 'deployment adopt export/crm crm'],
  })
    .argument(...argument)
    .argument('[integration]', 'the integration that is to declare it, such as dbt, ints-dbt or ints/dbt')
    .action(async (name: string, integration: string | undefined, _, command: Command) => {
      const { adopt } = await import('./adopt.ts');
      await act(command, (call) => adopt(call, name, integration));
    });

  leaf(deployment, {
    name: 'forget',
    summary: 'give up a deployment of this workspace without deleting it',
    details: 'Nobody owns the deployment then. It keeps its schedules and runs, and no deploy changes or deletes it.',
    examples: ['deployment forget export/crm'],
  })
    .argument(...argument)
    .action(async (name: string, _, command: Command) => {
      const { forget } = await import('./forget.ts');
      await act(command, (call) => forget(call, name));
    });

  addScheduleCommands(deployment);
}
