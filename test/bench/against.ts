import { join } from 'node:path';

import { type StartOptions, tributary } from '../support/process.ts';
import type { Stops } from '../support/stops.ts';
import { createWorkspace } from '../support/workspace.ts';
import { integrationFiles } from './closures.ts';
import { commitAll } from './repository.ts';

/** Samples in seconds. */
export interface AgainstSamples {
  /** plans against the last commit */
  readonly commit: number[];
  /** plans on a server to which the last commit was deployed */
  readonly live: number[];
}

/** Measures plans of a workspace in which one integration has changed since the last commit, in turn. */
export async function measureAgainst(
  stops: Stops,
  { count, samples }: { readonly count: number; readonly samples: number },
): Promise<AgainstSamples> {
  const workspace = createWorkspace(integrationFiles(count));
  await stops.add(workspace, async ({ remove }) => remove());
  const options = { cwd: workspace.root, env: { TRIBUTARY_HOME: workspace.home } };
  const server = await stops.add(tributary(['server', 'start', '--port', '0', '--json'], options), (running) => running.stop());
  await server.printed(/"url":"([^"]+)"/);
  await commitAll(workspace);
  // The deploy writes the registries, which are committed too.
  await timed(stops, ['deploy'], options, `${count} created`);
  await commitAll(workspace);
  const changed = join('ints', 'i7', 'deployments.ts');
  workspace.write(changed, (integrationFiles(count)[changed] ?? '').replace("name: 'nightly'", "name: 'nightly', description: 'changed'"));
  const expected = `0 to create, 1 to update, ${count - 1} unchanged.`;
  const taken: AgainstSamples = { commit: [], live: [] };
  for (let sample = 0; sample <= samples; sample += 1) {
    taken.live.push(await timed(stops, ['plan'], options, expected));
    taken.commit.push(await timed(stops, ['plan', '--against', 'HEAD'], options, expected));
  }
  // The first sample fills the compile cache.
  return { commit: taken.commit.slice(1), live: taken.live.slice(1) };
}

async function timed(stops: Stops, args: readonly string[], options: StartOptions, expected: string): Promise<number> {
  const began = performance.now();
  const running = await stops.add(tributary(args, options), (one) => one.stop());
  const { code, stdout, stderr } = await running.ended;
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0 || !stdout.includes(expected))
    throw new Error(`tributary ${args.join(' ')} ended with exit code ${code}:\n${(stdout + stderr).slice(-2000)}`);
  return seconds;
}
