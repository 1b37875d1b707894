import { type Command, Option } from 'commander';

import { act } from '../command/call.ts';
import { group, leaf } from '../command/leaf.ts';
import { commaList, duration, repeated, seconds, wholeNumber } from '../command/value.ts';
import { addWatchOptions, watchDetails, type WatchFlags } from '../watch/watch-options.ts';
import type { InspectOptions } from './inspect.ts';
import type { LogsOptions } from './logs.ts';
import type { LsOptions } from './ls.ts';
import type { ResumeOptions } from './resume.ts';

const id = '3f0c8a52-6d0e-4c43-9f6e-0d9c1a2b3c4d';
const argument = [
  '<flow-run>',
  'its id or the beginning of its id (at least 4 characters), or its name if no other run has that name',
] as const;

export function addFlowRunCommands(program: Command): void {
  const flowRun = group(program, 'flow-run', 'list, show, watch, cancel, retry and resume flow runs');

  leaf(flowRun, {
    name: 'ls',
    summary: 'list flow runs, the latest first',
    examples: ['flow-run ls --deployment export/dummyjson_products', 'flow-run ls --state failed,crashed --json'],
  })
    .option('--deployment <deployment>', 'only runs of this deployment')
    .option('--flow-name <flow>', 'only runs of this flow')
    .option('--state <state>', "only runs in this state, by type or name: 'failed', 'Late' (repeatable)", commaList)
    .option('--upcoming', 'only runs that are scheduled for later, the next first')
    .option('--limit <n>', 'how many to list, up to 200', wholeNumber(1, 200), 15)
    .action(async (options: LsOptions, command: Command) => {
      const { ls } = await import('./ls.ts');
      await act(command, (call) => ls(call, options));
    });

  leaf(flowRun, {
    name: 'inspect',
    summary: 'show a flow run, why it failed, and what to rerun',
    details:
      'If the run or one of its descendants failed, the command shows the failure from the run down to the task or dbt node in which it began, the reason ' +
      'with the last errors of the log, and the one command that repeats what failed and keeps what completed.',
    examples: [`flow-run inspect ${id}`, 'flow-run inspect happy-otter', 'flow-run inspect 3f0c --tree'],
  })
    .argument(...argument)
    .option('--tree', 'print the run with its tasks and descendants over time')
    .action(async (name: string, options: InspectOptions, command: Command) => {
      const { inspect } = await import('./inspect.ts');
      await act(command, (call) => inspect(call, name, options));
    });

  leaf(flowRun, { name: 'logs', summary: "print a flow run's logs", examples: [`flow-run logs ${id} --follow`] })
    .argument(...argument)
    .option('--follow', 'print new lines until the run has ended; with --json one object per line')
    .addOption(
      new Option('--level <level>', 'only lines of this level and above').choices(['debug', 'info', 'warning', 'error', 'critical']),
    )
    .action(async (name: string, options: LogsOptions, command: Command) => {
      const { logs } = await import('./logs.ts');
      await act(command, (call) => logs(call, name, options));
    });

  leaf(flowRun, {
    name: 'watch',
    summary: 'show what happens to a flow run until it has ended',
    details:
      'Shows the states, tasks and logs of the run and its child runs: first the past ones, then the new ones until all runs have ended. The exit code is 0 ' +
      'if the named run completed, and 1 if it ended otherwise. Ctrl-C stops watching, and the run continues (exit code 130).',
    examples: [`flow-run watch ${id}`],
  })
    .argument(...argument)
    .option('--no-children', 'do not follow child runs')
    .action(async (name: string, options: { readonly children: boolean }, command: Command) => {
      const { watch } = await import('./watch.ts');
      await act(command, (call) => watch(call, name, options));
    });

  leaf(flowRun, {
    name: 'cancel',
    summary: 'cancel a flow run and its unfinished child runs',
    examples: [`flow-run cancel ${id}`],
  })
    .argument(...argument)
    .option('--wait <seconds>', 'how long to wait for the worker to stop the run', seconds, 10)
    .action(async (name: string, options: { readonly wait: number }, command: Command) => {
      const { cancel } = await import('./cancel.ts');
      await act(command, (call) => cancel(call, name, options));
    });

  const retrying = leaf(flowRun, {
    name: 'retry',
    summary: 'retry a flow run that has ended',
    details: `The run keeps its parameters and its completed child runs. ${watchDetails}`,
    examples: [`flow-run retry ${id}`, 'flow-run retry happy-otter --watch'],
  }).argument(...argument);
  addWatchOptions(retrying).action(async (name: string, options: WatchFlags, command: Command) => {
    const { retry } = await import('./retry.ts');
    await act(command, (call) => retry(call, name, options));
  });

  leaf(flowRun, {
    name: 'resume',
    summary: 'resume a paused or suspended flow run',
    details: 'If the run waits for input, give the fields with --input. The server checks them against the schema of the flow.',
    examples: [`flow-run resume ${id}`, `flow-run resume ${id} --input approved=true --input reason='as agreed'`],
  })
    .argument(...argument)
    .option('-i, --input <name=value>', 'a field of the input; JSON if the value is JSON, otherwise text (repeatable)', repeated)
    .option('--inputs <json>', 'the input as a JSON object, or "-" to read it from standard input')
    .action(async (name: string, options: ResumeOptions, command: Command) => {
      const { resume } = await import('./resume.ts');
      await act(command, (call) => resume(call, name, options));
    });

  leaf(flowRun, {
    name: 'suspend',
    summary: 'ask a running flow run to end its process; "flow-run resume" starts the run again',
    details:
      'The run finishes its running tasks. Then its process ends instead of starting the next task, and the run starts again when it is resumed. A run that has no further task completes instead.',
    examples: [`flow-run suspend ${id} --timeout 2h`],
  })
    .argument(...argument)
    .addOption(
      new Option('--timeout <duration>', "how long the run waits to be resumed: '90s', '10m', '2h'")
        .argParser(duration)
        .default(3600, '1h'),
    )
    .action(async (name: string, options: { readonly timeout: number }, command: Command) => {
      const { suspend } = await import('./suspend.ts');
      await act(command, (call) => suspend(call, name, options));
    });
}
