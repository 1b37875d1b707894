import { join } from 'node:path';

import { nx } from '../support/process.ts';
import type { Stage } from './stage.ts';

/** Samples of `nx run-many` over 100 projects, in seconds from start to exit. */
export interface DeploySamples {
  /** with a batch executor that does nothing */
  readonly nothing: number[];
  /** with the deploy executor, while no integration has changed */
  readonly none: number[];
  readonly one: number[];
  readonly all: number[];
}

const integrations = Array.from({ length: 100 }, (_, index) => `deploy_${String(index).padStart(3, '0')}`);
const noop = join('tools', 'noop');

export async function measureDeploy(stage: Stage, samples: number): Promise<DeploySamples> {
  addNoop(stage);
  await addIntegrations(stage);
  await run(stage, 'noop');
  const taken: DeploySamples = { nothing: [], none: [], one: [], all: [] };
  let version = 1;
  for (let sample = 0; sample < samples; sample += 1) {
    taken.nothing.push(await run(stage, 'noop'));
    taken.none.push(await run(stage, 'deploy'));
    change(stage, [integrations[sample % integrations.length] ?? ''], (version += 1));
    taken.one.push(await run(stage, 'deploy'));
    taken.all.push(await deployChanged(stage, (version += 1)));
  }
  return taken;
}

/** Writes and deploys 100 integrations. */
export async function addIntegrations(stage: Stage): Promise<void> {
  for (const name of integrations) {
    stage.workspace.write(
      join('ints', name, 'flows', 'flow.ts'),
      `import { flow } from '@tributary/flow';
import { z } from 'zod';

export const main = flow({ name: '${name}', parameters: z.object({ baseUrl: z.url().default('https://example.com'), pages: z.int().default(3) }) }, () => 1);
`,
    );
    stage.workspace.write(
      join('ints', name, 'project.json'),
      JSON.stringify({ name: `ints-${name}`, targets: { noop: { executor: './tools/noop:noop' } } }),
    );
  }
  await deployChanged(stage, 0);
}

/** Changes all integrations and deploys them. @param version a new version @returns the seconds of the deploy */
export function deployChanged(stage: Stage, version: number): Promise<number> {
  change(stage, integrations, version);
  return deployUnchanged(stage);
}

/** Deploys all integrations without a change. @returns the seconds of the deploy */
export function deployUnchanged(stage: Stage): Promise<number> {
  return run(stage, 'deploy');
}

function addNoop({ workspace: { write } }: Stage): void {
  write(join(noop, 'package.json'), JSON.stringify({ name: 'noop', private: true, type: 'module', executors: './executors.json' }));
  write(
    join(noop, 'executors.json'),
    JSON.stringify({
      executors: {
        noop: { implementation: './noop.ts', batchImplementation: './noop.ts#batch', preferBatch: true, schema: './schema.json' },
      },
    }),
  );
  write(join(noop, 'schema.json'), JSON.stringify({ type: 'object', properties: {} }));
  write(
    join(noop, 'noop.ts'),
    `export default async () => ({ success: true });
export async function* batch(graph: { tasks: Record<string, unknown> }) {
  for (const task of Object.keys(graph.tasks)) yield { task, result: { success: true, terminalOutput: '' } };
}
`,
  );
}

function change(stage: Stage, names: readonly string[], version: number): void {
  for (const name of names)
    stage.workspace.write(
      join('ints', name, 'deployments.ts'),
      `import { deployFactory } from '@tributary/flow';
import { main } from './flows/flow.ts';

export const nightly = deployFactory({ name: 'nightly', flow: main, cron: '0 5 * * *', description: 'version ${version}' });
`,
    );
}

async function run(stage: Stage, target: 'deploy' | 'noop'): Promise<number> {
  const began = performance.now();
  const args = ['run-many', '-t', target, '--projects=ints-deploy_*'];
  const deploying = nx(args, { cwd: stage.workspace.root, env: stage.environment });
  await stage.stops.add(deploying, (running) => running.stop());
  const { code, stdout, stderr } = await deploying.ended;
  const output = (stdout + stderr).replaceAll(/^- .*\n/gm, '');
  if (code !== 0) throw new Error(`nx run-many -t ${target} ended with exit code ${code}:\n${output.slice(-2000)}`);
  return (performance.now() - began) / 1000;
}
