import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { type EmbeddedInstallation, install } from '../support/installation.ts';
import { start } from '../support/process.ts';

const flows = `import { flow, task } from '@tributary/flow';
import { shop } from '../shop.ts';
const rows = task({ name: 'rows', cache: 'inputs' }, async (day: string) => shop + ' on ' + day);
export const load = flow({ name: 'load' }, () => rows('monday'));
`;
const integration = (name: string): Record<string, string> => ({
  [`ints/${name}/shop.ts`]: `export const shop = '${name}';`,
  [`ints/${name}/flows/load.ts`]: flows,
  [`ints/${name}/deployments.ts`]: `import { deployFactory } from '@tributary/flow';
import { load } from './flows/load.ts';
export const deployment = deployFactory({ name: '${name}', flow: load });
`,
});
const shared = `import { readFileSync } from 'node:fs';
import { flow, task } from '@tributary/flow';
const rows = task({ name: 'rows', cache: 'inputs' }, async (day: string) => readFileSync('shop.txt', 'utf8') + ' on ' + day);
export const share = flow({ name: 'share' }, () => rows('monday'));
`;
/** Two folders whose names would be equal if their parts were joined by dashes. */
const sharers = { shop_c: 'shops-far/away', shop_d: 'shops/far-away' };
const sharing = (name: keyof typeof sharers): Record<string, string> => ({
  [`ints/${sharers[name]}/shop.txt`]: name,
  [`ints/${sharers[name]}/deployments.ts`]: `import { deployFactory } from '@tributary/flow';
import { share } from '../../../lib/share.ts';
export const deployment = deployFactory({ name: '${name}', flow: share });
`,
});
const pair = `import { flow, task } from '@tributary/flow';
const rowsOf = (shop: string) => task({ name: 'rows', cache: 'inputs' }, async (day: string) => shop + ' on ' + day);
const north = rowsOf('north');
const south = rowsOf('south');
export const pair = flow({ name: 'pair' }, async () => [await north('monday'), await south('monday')]);
`;

let on: EmbeddedInstallation;
beforeAll(async () => {
  on = await install({
    ...integration('shop_a'),
    ...integration('shop_b'),
    'lib/share.ts': shared,
    ...sharing('shop_c'),
    ...sharing('shop_d'),
    'ints/guest/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { load } from '../shop_a/flows/load.ts';
export const deployment = deployFactory({ name: 'guest', flow: load });
`,
    'ints/pair/flows/pair.ts': pair,
    'ints/pair/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { pair } from './flows/pair.ts';
export const deployment = deployFactory({ name: 'here', flow: pair });
`,
  });
  for (const name of ['shop_a', 'shop_b', 'guest', ...Object.values(sharers), 'pair']) await on.deploy(name);
  await on.startWorker('caching');
});
afterAll(() => on?.close());

/** Runs a deployment. @returns the run's result, or its message, and the states of its task runs */
async function runOf(deployment: `${string}/${string}`): Promise<{ outcome: unknown; tasks: (string | null | undefined)[] }> {
  const id = await on.trigger(deployment);
  const { state } = await on.ended(id, 60);
  const { data: tasks } = await on.client.filterTaskRuns({ body: { flow_runs: { id: { any_: [id] } } } });
  const outcome = state?.type === 'COMPLETED' ? state.data : state?.message;
  return { outcome, tasks: tasks.map(({ state_name }) => state_name) };
}

/** Runs a script without a server, in a folder of the workspace. @returns what it prints */
async function print(script: string, folder: string): Promise<string> {
  const { stdout } = await start(process.execPath, ['--input-type=module-typescript', '-e', script], {
    cwd: join(on.workspace.root, folder),
    env: { TRIBUTARY_HOME: on.workspace.home },
  }).ended;
  return stdout.trim();
}

it('two integrations with the same task have separate caches, and a script in an integration shares its cache with the worker', async () => {
  for (const name of ['shop_a', 'shop_b'] as const)
    expect(await runOf(`load/${name}`)).toEqual({ outcome: { value: `${name} on monday` }, tasks: ['Completed'] });
  for (const name of ['shop_a', 'shop_b'] as const)
    expect(await runOf(`load/${name}`)).toEqual({ outcome: { value: `${name} on monday` }, tasks: ['Cached'] });
  on.workspace.write('ints/shop_b/shop.ts', `export const shop = 'no longer asked';`);
  const script = `import { load } from ${JSON.stringify(join(on.workspace.root, 'ints/shop_b/flows/load.ts'))}; console.log(await load());`;
  expect(await print(script, '')).toBe('shop_b on monday');
});

it('integrations that share a flow have separate caches', async () => {
  for (const state of ['Completed', 'Cached']) {
    expect(await runOf('load/guest')).toEqual({ outcome: { value: 'shop_a on monday' }, tasks: [state] });
    for (const name of ['shop_c', 'shop_d'] as const)
      expect(await runOf(`share/${name}`)).toEqual({ outcome: { value: `${name} on monday` }, tasks: [state] });
  }
  const script = `import { share } from ${JSON.stringify(join(on.workspace.root, 'lib/share.ts'))}; console.log(await share());`;
  on.workspace.write(`ints/${sharers.shop_d}/shop.txt`, 'no longer asked');
  expect(await print(script, `ints/${sharers.shop_d}`)).toBe('shop_d on monday');
});

it('a run with two tasks of a factory fails, says where both were created, and completes once they have keys', async () => {
  const { outcome, tasks } = await runOf('pair/here');
  expect(outcome).toContain('Two tasks named "rows" have the same code');
  expect(outcome).toContain(
    'one was made at ints/pair/flows/pair.ts:2 (called at ints/pair/flows/pair.ts:3), the other at ints/pair/flows/pair.ts:2 (called at ints/pair/flows/pair.ts:4)',
  );
  expect(outcome).toContain('cache: (…args) => key');
  expect(tasks).toEqual(['Failed']);
  on.workspace.write('ints/pair/flows/pair.ts', pair.replace("'inputs'", '(day) => shop + day'));
  const value = ['north on monday', 'south on monday'];
  expect(await runOf('pair/here')).toEqual({ outcome: { value }, tasks: ['Completed', 'Completed'] });
  expect(await runOf('pair/here')).toEqual({ outcome: { value }, tasks: ['Cached', 'Cached'] });
});
