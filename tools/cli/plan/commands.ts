import { storageKinds } from '@tributary/contract/nouns/plan';
import type { Verb } from '@tributary/plan';
import { type Command, Option } from 'commander';

import { act } from '../command/call.ts';
import { leaf } from '../command/leaf.ts';
import { repeated, wholeNumber } from '../command/value.ts';
import type { PlanOptions } from './plan-options.ts';

export function addPlanCommands(program: Command): void {
  addCommand(program, 'plan', {
    summary: 'show what a deploy would change, without changing the engine',
    details:
      'Compares the deployments in ints/*/deployments.ts with those on the engine. Without INTEGRATION, plans all integrations. ' +
      'An integration with an error is left out, and the others are planned.',
    examples: [
      'plan',
      'plan dbt dummyjson_products',
      'plan --why',
      'plan --all',
      'plan --markdown --detailed-exitcode',
      'plan --against main',
      'plan --commit HEAD~1',
    ],
  })
    .option('--all', "also list the deployments on the engine that this workspace doesn't own, and their owners")
    .option('--against <commit>', 'compare with what a commit declares, such as main or HEAD~1, without asking an engine');
  addCommand(program, 'deploy', {
    summary: 'create, update and delete the deployments on the engine',
    details:
      'Makes the changes that the command "plan" shows. Unchanged deployments and those of other owners are left alone. Without INTEGRATION, deploys all integrations, and ' +
      'deletes the deployments of removed ones. ' +
      'An integration with an error is left out, and the others are deployed.',
    examples: [
      'deploy',
      'deploy dbt',
      'deploy --plan plan.json',
      'deploy --reset paused',
      'deploy --json --out deployed.json',
      'deploy --commit v1.2',
    ],
  }).option('--plan <file>', 'deploy exactly what this file of "plan --out" says. Refused if code or engine have changed since');
}

function addCommand(
  program: Command,
  verb: Verb,
  help: { readonly summary: string; readonly details: string; readonly examples: readonly string[] },
): Command {
  return leaf(program, { name: verb, ...help })
    .argument('[integrations...]', 'names such as dbt, ints-dbt or ints/dbt (default: all)')
    .option('--markdown', 'print Markdown, for a comment on a pull request or the summary of a CI job')
    .option('--out <file>', 'also write the JSON to a file')
    .option('--why', 'name the files that changed in the code of a deployment, and the imports that lead to them')
    .option(
      '--take-over <workspace>',
      'take over the deployments of the workspace with this id that the code declares (repeatable)',
      repeated,
    )
    .option(
      '--allow-deletes <count>',
      'delete up to this many deployments, where there are so many that it may be a mistake',
      wholeNumber(1),
    )
    .option('--allow-older', "deploy although the live code is newer, or isn't in this branch's history")
    .option(
      '--reset <field>',
      'give a kept field back to the code, such as paused or tags.urgent; "all" for all of them (repeatable)',
      repeated,
    )
    .addOption(
      new Option(
        '--storage <storage>',
        'where workers get the code: git, at the commit of HEAD, or folder, which is this one (default: git if nx.json has "storage")',
      ).choices(storageKinds),
    )
    .option(
      '--commit <commit>',
      "this commit instead of the folder's files, fetched as workers fetch it, by its own framework; meant for older ones",
    )
    .option('--detailed-exitcode', 'exit code 0: nothing to do, 2: changes, 1: failed or misused')
    .action(async (names: string[], options: PlanOptions, command: Command) => {
      const { run } = await import('./run.ts');
      await act(command, (call) => run(call, verb, names, options));
    });
}
