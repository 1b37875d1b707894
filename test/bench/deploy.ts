import { join } from 'node:path';

import { nx } from '../support/process.ts';
import { commitAll } from './repository.ts';
import type { Stage } from './stage.ts';

/** How many integrations have changed when they are deployed. */
const changes = ['none', 'one', 'all'] as const;
type Changed = (typeof changes)[number];

/** Samples of `nx run-many`, in seconds from start to exit: with the deploy executor, and with a batch executor that does nothing. */
export type DeploySamples = Readonly<Record<Changed | 'nothing', number[]>>;

const noop = join('tools', 'noop');

/** Measures deploys of the first `count` integrations. @param kinds the measured kinds; the others get no samples @default all */
export async function measureDeploy(
  stage: Stage,
  { count, samples, kinds = changes }: { readonly count: number; readonly samples: number; readonly kinds?: readonly Changed[] },
): Promise<DeploySamples> {
  addNoop(stage);
  await addIntegrations(stage, count);
  await run(stage, 'noop');
  const names = namesOf(count);
  const taken: DeploySamples = { nothing: [], none: [], one: [], all: [] };
  for (let sample = 0; sample < samples; sample += 1) {
    taken.nothing.push(await run(stage, 'noop'));
    for (const kind of kinds) {
      const changed = kind === 'one' ? [names[sample % count] ?? ''] : kind === 'all' ? names : [];
      change(stage, changed, `${kind} ${sample}`);
      taken[kind].push(await deployUnchanged(stage));
    }
  }
  return taken;
}

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `deploy_${String(index).padStart(3, '0')}`);
}

/** Writes and deploys integrations. */
export async function addIntegrations(stage: Stage, count = 100): Promise<void> {
  for (const name of namesOf(count)) {
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
  change(stage, namesOf(count), 'new');
  // A deploy records the commit, and later ones look for it in the history.
  await commitAll(stage.workspace);
  // The deploy writes the registries, which are committed too.
  await deployUnchanged(stage);
  await commitAll(stage.workspace);
}

/** Changes a hundred integrations and deploys them. @param version a new version @returns the seconds of the deploy */
export function deployChanged(stage: Stage, version: number): Promise<number> {
  change(stage, namesOf(100), String(version));
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

function change(stage: Stage, names: readonly string[], version: string): void {
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
