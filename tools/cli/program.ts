import { Command } from 'commander';

import manifest from './package.json' with { type: 'json' };

import { addArtifactCommands } from './artifact/commands.ts';
import { addCodeCommands } from './code/commands.ts';
import { addConcurrencyLimitCommands } from './concurrency-limit/commands.ts';
import { addDeploymentCommands } from './deployment/commands.ts';
import { addDevCommand } from './dev/commands.ts';
import { addDoctorCommand } from './doctor/commands.ts';
import { addFlowRunCommands } from './flow-run/commands.ts';
import { addPlanCommands } from './plan/commands.ts';
import { addPostgresCommands } from './postgres/commands.ts';
import { addSecretCommands } from './secret/commands.ts';
import { addServerCommands } from './server/commands.ts';
import { addVariableCommands } from './variable/commands.ts';
import { addWorkPoolCommands } from './work-pool/commands.ts';
import { addWorkQueueCommands } from './work-queue/commands.ts';
import { addWorkerCommands } from './worker/commands.ts';
import type { CommandProcess } from './command/command-process.ts';
import { addGlobalOptions, ownOptionsFirst } from './command/leaf.ts';

const description = `Tributary runs flows: deploy them, start them, watch them.

Commands work on this workspace's own server, or on the one in TRIBUTARY_API_URL. It is also called the engine.
Exit codes: 0 done, 1 failed (also if a watched run didn't complete), 2 wrong arguments or options.`;

/**
 * Creates the whole command line. Verbs are loaded when they are called, so that help and typing errors are fast.
 * @param process the process that the commands run in
 */
export function createProgram(process: CommandProcess): Command {
  const program = new Command('tributary')
    .description(description)
    .version(manifest.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: (text) => process.stderr.write(text) })
    .setOptionValue('process', process)
    .configureHelp(ownOptionsFirst)
    .showHelpAfterError('(--help shows the arguments and options of the command)');
  addGlobalOptions(program);
  addDevCommand(program);
  addPlanCommands(program);
  addServerCommands(program);
  addWorkerCommands(program);
  addDeploymentCommands(program);
  addFlowRunCommands(program);
  addWorkPoolCommands(program);
  addWorkQueueCommands(program);
  addConcurrencyLimitCommands(program);
  addArtifactCommands(program);
  addSecretCommands(program);
  addVariableCommands(program);
  addCodeCommands(program);
  addPostgresCommands(program);
  addDoctorCommand(program);
  program.addHelpText(
    'after',
    `
Examples:
  $ npx tributary dev
  $ npx tributary plan
  $ npx tributary deployment run export/dummyjson_products --watch
  $ npx tributary flow-run ls --state failed`,
  );
  return program;
}
