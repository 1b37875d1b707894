import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { createStage, type Stage } from '../test-support/stage.ts';

const repository = resolve(import.meta.dirname, '..', '..', '..');
const files = {
  'package.json': '{"type": "module"}',
  'ints/x/flows/api.ts': `import { flow } from '@tributary/flow';
    import { z } from 'zod';
    export const main = flow({ name: 'export', parameters: z.object({ limit: z.int() }) }, async () => 1);`,
  'ints/x/deployments.ts': `import { deployFactory } from '@tributary/flow'; import { main } from './flows/api.ts';
    export const nightly = deployFactory({ name: 'nightly', flow: main, parameters: { limit: Number(process.env['LIMIT'] ?? 1) }, queue: 'slow' });
    export const incomplete = deployFactory({ name: 'incomplete', flow: main, cron: '0 0 * * *' });`,
  'scripts/apply.ts': `import { nightly } from '../ints/x/deployments.ts';
    console.log((await nightly.apply({ workQueueConcurrency: 3 })).updated);`,
  'ints/y/deployments.ts': 'export {};',
  'ints/y/once.ts': `import { deployFactory } from '@tributary/flow'; import { main } from '../x/flows/api.ts';
    await deployFactory({ name: 'once', flow: main, parameters: { limit: 1 } }).apply();`,
  'scripts/incomplete.ts': `import { incomplete } from '../ints/x/deployments.ts';
    await incomplete.apply().catch((error) => console.log(error.message));`,
};

let on: Stage;
beforeAll(async () => {
  on = await createStage();
  symlinkSync(join(repository, 'node_modules'), join(on.root, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(on.root, path)), { recursive: true });
    writeFileSync(join(on.root, path), text);
  }
});
afterAll(() => on.close());

/** Runs a script of the workspace. @returns what it prints */
async function run(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const options = { env: { PATH, NODE_COMPILE_CACHE, TRIBUTARY_API_URL: on.url, ...env } };
  return (await promisify(execFile)(process.execPath, [join(on.root, script)], options)).stdout.trim();
}
const read = async () => (await on.client.readDeploymentByName({ path: { flow: 'export', deployment: 'nightly' } })).data;

it('.apply() in a script creates a deployment, leaves an unchanged one alone, and keeps what others wrote', async () => {
  const created = await run('scripts/apply.ts');
  const first = await read();
  expect(first).toMatchObject({
    path: 'ints/x',
    entrypoint: 'flows/api.ts:main',
    updated: created,
    labels: { 'tributary.project': 'ints-x' },
  });
  const { data: queue } = await on.client.readWorkQueue({ path: { pool: 'tributary', queue: 'slow' } });
  expect(queue.concurrency_limit).toBe(3);
  expect(await run('scripts/apply.ts')).toBe(created);
  expect(await read()).toEqual(first);

  const { id, flow_id, name, path, entrypoint, pull_steps, labels, parameters, parameter_openapi_schema, work_pool_name, work_queue_name } =
    first;
  const code = { path, entrypoint, pull_steps, parameters, parameter_openapi_schema, work_pool_name, work_queue_name };
  await on.client.createDeployment({ body: { name, flow_id, ...code, labels: { ...labels, team: 'sales' } } });
  await on.client.pauseDeployment({ path: { id } });
  await run('scripts/apply.ts', { LIMIT: '2' });
  expect(await read()).toMatchObject({
    id,
    parameters: { limit: 2 },
    paused: true,
    labels: { team: 'sales', 'tributary.project': 'ints-x' },
  });
});

it('.apply() refuses a deployment with an error, as the command does', async () => {
  expect(await run('scripts/incomplete.ts')).toMatch(/^ints\/x\/deployments\.ts:3: .*limit/);
});

it('.apply() of a deployment that no deployments.ts declares keeps it from being deleted with the integration', async () => {
  await run('ints/y/once.ts');
  const { code, stdout } = await on.command(['plan', 'y', '--json']);
  expect([code, JSON.parse(stdout).tally]).toEqual([0, expect.objectContaining({ delete: 0 })]);
  expect((await on.client.readDeploymentByName({ path: { flow: 'export', deployment: 'once' } })).data.labels).toMatchObject({
    'tributary.project': 'ints-y',
    'tributary.script': 'ints/y/once.ts',
  });
});
