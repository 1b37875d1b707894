import { join } from 'node:path';

import { nx } from '../support/process.ts';
import { startProxy } from '../support/proxy.ts';
import type { Stage } from './stage.ts';

/** Integrations of 200 deployments each, so that few files are read. */
const each = 200;

/**
 * Deploys this many deployments, each with a flow of its own, and counts the requests of a plan that finds no change. A plan reads all
 * deployments of the engine, so the other ones are deleted first.
 * @param count a multiple of 200
 */
export async function countRequests(stage: Stage, count: number): Promise<number> {
  await clear(stage);
  for (let first = 0; first < count; first += each) stage.workspace.write(join('ints', `many_${first}`, 'deployments.ts'), textOf(first));
  await run(stage, 'deploy', stage.url);
  const proxy = await stage.stops.add(startProxy(stage.url), ({ close }) => close());
  const output = await run(stage, 'plan', proxy.url);
  if (!output.includes(`0 to create, 0 to update, ${count} unchanged.`)) throw new Error(`The plan found changes:\n${output.slice(-2000)}`);
  return proxy.requests.length;
}

async function clear({ client }: Stage): Promise<void> {
  for (;;) {
    const { data: others } = await client.filterDeployments({ body: {} });
    if (others.length === 0) return;
    for (const { id } of others) await client.deleteDeployment({ path: { id } });
  }
}

function textOf(first: number): string {
  const deployments = Array.from({ length: each }, (_, index) => {
    const name = `many ${first + index}`;
    return `export const main${index} = flow({ name: '${name}' }, () => 1);
export const nightly${index} = deployFactory({ name: '${name}', flow: main${index} });
`;
  });
  return `import { deployFactory, flow } from '@tributary/flow';\n\n${deployments.join('')}`;
}

async function run(stage: Stage, target: 'deploy' | 'plan', url: string): Promise<string> {
  const args = ['run-many', '-t', target, '--projects=ints-many_*'];
  const running = nx(args, { cwd: stage.workspace.root, env: { ...stage.environment, TRIBUTARY_API_URL: url } });
  await stage.stops.add(running, (one) => one.stop());
  const { code, stdout, stderr } = await running.ended;
  if (code !== 0) throw new Error(`nx run-many -t ${target} ended with exit code ${code}:\n${(stdout + stderr).slice(-2000)}`);
  return stdout;
}
