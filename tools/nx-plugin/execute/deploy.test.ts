import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createClient } from '@tributary/contract/client';
import { routes } from '@tributary/contract/routes';
import { startServer } from '@tributary/server';
import { simpleGit } from 'simple-git';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { createWorkspace, deploymentsText, type Workspace } from '../test-support/workspace.ts';

// Each test starts several processes, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const script = fileURLToPath(new URL('../test-support/run-projects.ts', import.meta.url));
let home: string;
let server: Awaited<ReturnType<typeof startServer>>;
const workspaces: Workspace[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tributary-nx-home-'));
  server = await startServer({ home, port: 0 });
});

afterAll(async () => {
  await server?.close();
  await Promise.all(workspaces.map((workspace) => workspace.remove()));
  await rm(home, { recursive: true, force: true });
});

async function workspaceWith(files: Readonly<Record<string, string>>): Promise<Workspace> {
  const workspace = await createWorkspace(files);
  workspaces.push(workspace);
  return workspace;
}

async function nx({ run }: Workspace, ...args: string[]): Promise<{ code: number | null; output: string }> {
  return run('nx', args, { TRIBUTARY_API_URL: server.url });
}

/** Plans or deploys without Nx, for tests that don't need Nx. */
async function direct({ run }: Workspace, verb: 'plan' | 'deploy', ...roots: string[]): Promise<{ code: number | null; output: string }> {
  return run('node', [script, verb, ...roots], { TRIBUTARY_API_URL: server.url });
}

async function read(flow: string, deployment: string) {
  const client = createClient(routes, { url: server.url, patience: 0 });
  return (await client.readDeploymentByName({ path: { flow, deployment } })).data;
}

it('plan shows what deploy then does; a second deploy changes nothing, and a change is one update, shown field by field', async () => {
  const shop = deploymentsText('export', 'shop', "cron: '0 0 * * *', tags: ['b', 'a']");
  const workspace = await workspaceWith({ 'ints/shop/deployments.ts': shop, 'ints/crm/deployments.ts': deploymentsText('export', 'crm') });

  const planned = await nx(workspace, 'run', 'ints-shop:plan');
  expect(planned).toMatchObject({ code: 0 });
  expect(planned.output).toContain(`Planning against ${server.url}`);
  expect(planned.output).toContain('+ create export/shop (cron 0 0 * * *)');
  expect(planned.output).toContain('1 to create, 0 to update, 0 unchanged.');

  const created = await nx(workspace, 'run-many', '-t', 'deploy');
  expect(created).toMatchObject({ code: 0, output: expect.stringContaining('2 created, 0 updated, 0 unchanged.') });
  expect(created.output).toContain('> nx run tributary:deploy\n\nTasks of their own deploy the integrations in this run.');
  expect(created.output.match(/Deploying to|create export|created, /g)).toEqual([
    'Deploying to',
    'create export',
    'create export',
    'created, ',
  ]);
  const first = await read('export', 'shop');
  expect(first).toMatchObject({ path: 'ints/shop', entrypoint: 'deployments.ts:theFlow', work_pool_name: 'tributary' });
  expect(first.labels).not.toHaveProperty('tributary.commit');

  const again = await direct(workspace, 'deploy', 'ints/shop', 'ints/crm');
  expect(again).toMatchObject({ code: 0, output: expect.stringContaining('0 created, 0 updated, 2 unchanged.') });
  expect(await read('export', 'shop')).toEqual(first);

  await workspace.write(
    'ints/shop/deployments.ts',
    shop.replace('0 0 * * *', '0 5 * * *').replace('tags', 'parameters: { limit: 3 }, tags'),
  );
  const updated = await nx(workspace, 'affected', '-t', 'deploy', '--files=ints/shop/deployments.ts', '--no-batch');
  expect(updated.code).toBe(0);
  expect(updated.output).toContain(
    '~ update export/shop (code changed)\n    parameters.limit: (none) → 3\n    schedule cron-1: 0 0 * * * → 0 5 * * *\n',
  );
  expect((await read('export', 'shop')).schedules).toMatchObject([{ slug: 'cron-1', schedule: { cron: '0 5 * * *' } }]);
});

it('broken integrations and two deployments of one name fail with their files, the others deploy, and a commit alone changes nothing', async () => {
  const text = deploymentsText('load', 'wrong');
  const workspace = await workspaceWith({
    'ints/cron/deployments.ts': text.replace('flow: theFlow', "flow: theFlow, cron: '61 0 * * *'"),
    'ints/zone/deployments.ts': text.replace('flow: theFlow', "flow: theFlow, cron: '0 0 * * *', timezone: 'Europe/Viena'"),
    'ints/hidden/deployments.ts': text.replace('export const theFlow', 'const theFlow').replace('export const', 'const'),
    'ints/hidden_flow/flows/load.ts': text.split('\n').slice(0, 3).join('\n').replace('export const', 'const'),
    'ints/hidden_flow/deployments.ts':
      "import { deployFactory } from '@tributary/flow';\nimport { theFlow } from './flows/load.ts';\nexport const deployment = deployFactory({ name: 'hidden', flow: theFlow });\n",
    'ints/broken/deployments.ts': "import { deployFactory } from '@tributary/flow';\n\nthrow new Error('no key');\n",
    'ints/careless/deployments.ts': `${deploymentsText('load', 'careless')}void Promise.reject(new Error('late'));\n`,
    'ints/one/deployments.ts': deploymentsText('load', 'same'),
    'ints/other/deployments.ts': deploymentsText('load', 'same'),
    'ints/sound/deployments.ts': deploymentsText('load', 'sound'),
  });
  const git = simpleGit(workspace.root);
  await git.init().addConfig('user.name', 'test').addConfig('user.email', 'test@example.org').add(['ints', 'nx.json']).commit('first');
  const commit = await git.revparse(['HEAD']);

  const { code, output } = await nx(workspace, 'run-many', '-t', 'deploy');
  expect(code).toBe(1);
  expect(output).toContain('ints/broken/deployments.ts:3: This file threw while it was imported: no key');
  expect(output).toMatch(/ints\/cron\/deployments\.ts:4: .*load\/wrong.*"61 0 \* \* \*": "61" isn't a minute/);
  expect(output).toMatch(/ints\/zone\/deployments\.ts:4: .*load\/wrong.*Did you mean "Europe\/Vienna"\?/);
  expect(output).toMatch(/ints\/hidden\/deployments\.ts:4: This deployment is not exported/);
  expect(output).toMatch(/ints\/hidden_flow\/deployments\.ts:2: This file has an error: .*does not provide an export named 'theFlow'/);
  expect(
    output.match(/Two deployments are called load\/same: in ints\/one\/deployments.ts and in ints\/other\/deployments.ts/g),
  ).toHaveLength(2);
  expect(output).toContain('1 created, 0 updated, 0 unchanged, 8 integrations failed.');
  expect((await read('load', 'sound')).labels).toMatchObject({ 'tributary.project': 'ints-sound', 'tributary.commit': commit });

  await git.commit('nothing', { '--allow-empty': null });
  expect((await direct(workspace, 'deploy', 'ints/sound')).output).toContain('= unchanged load/sound');

  // The second integration is refused even if the two are deployed one after the other.
  await direct(workspace, 'deploy', 'ints/one');
  const second = await direct(workspace, 'deploy', 'ints/other');
  expect(second.code).toBe(1);
  expect(second.output).toContain('in ints/one/deployments.ts and in ints/other/deployments.ts');
});

it('a schedule that a person paused stays paused through an update', async () => {
  const text = deploymentsText('pause', 'held', "cron: '0 0 * * *'");
  const workspace = await workspaceWith({ 'ints/held/deployments.ts': text });
  await direct(workspace, 'deploy', 'ints/held');
  const { id, schedules } = await read('pause', 'held');
  const client = createClient(routes, { url: server.url, patience: 0 });
  await client.updateSchedule({ path: { id, schedule: schedules[0]?.id ?? '' }, body: { active: false, parameters: {} } });

  await workspace.write('ints/held/deployments.ts', text.replace('cron:', "description: 'New', cron:"));
  const { output } = await direct(workspace, 'deploy', 'ints/held');
  expect(output).toContain(
    '~ update pause/held (code changed)\n    description: (none) → New\n    kept: schedule cron-1 paused (code: none)\n',
  );
  expect((await read('pause', 'held')).schedules).toMatchObject([{ active: false }]);
});

it('the task of the root project deletes the deployments of a removed integration, unless the run leaves an integration out', async () => {
  const workspace = await workspaceWith({
    'ints/stays/deployments.ts': deploymentsText('remove', 'stays'),
    'ints/spare/deployments.ts': deploymentsText('remove', 'spare'),
    'ints/gone/deployments.ts': deploymentsText('remove', 'gone'),
  });
  const git = simpleGit(workspace.root);
  await git.init().addConfig('user.name', 'test').addConfig('user.email', 'test@example.org').add(['ints', 'nx.json']).commit('first');
  await direct(workspace, 'deploy', 'ints/stays', 'ints/spare', 'ints/gone');
  await rm(join(workspace.root, 'ints', 'gone'), { recursive: true });
  await git.add('ints').commit('second');

  const partial = await nx(workspace, 'run-many', '-t', 'deploy', '--exclude=ints-spare');
  expect(partial).toMatchObject({ code: 0, output: expect.not.stringContaining('remove/gone') });
  expect(await nx(workspace, 'run', 'ints-stays:deploy')).toMatchObject({ code: 0, output: expect.not.stringContaining('remove/gone') });
  const planned = await nx(workspace, 'run-many', '-t', 'plan', '--no-batch');
  expect(planned).toMatchObject({ code: 0, output: expect.stringContaining('ints/gone (removed)\n- delete remove/gone\n') });
  const whole = await nx(workspace, 'run-many', '-t', 'deploy');
  expect(whole).toMatchObject({
    code: 0,
    output: expect.stringContaining('ints/gone (removed)\n- delete remove/gone\n\n0 created, 0 updated, 1 deleted, 2 unchanged.'),
  });
  await expect(read('remove', 'gone')).rejects.toMatchObject({ code: 'not_found' });
});

it('without a server, or with an unreachable one, a sentence says what to do, and the exit code is 1', async () => {
  const workspace = await workspaceWith({ 'ints/alone/deployments.ts': deploymentsText('export', 'alone') });
  const none = await workspace.run('nx', ['run', 'ints-alone:deploy']);
  expect(none.code).toBe(1);
  expect(none.output).toMatch(/No Tributary server is running .* Start one with `npx tributary dev`/);
  const elsewhere = await workspace.run('nx', ['run', 'ints-alone:plan', '--url', 'http://127.0.0.1:1/api']);
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.output).toContain('No server answers at http://127.0.0.1:1/api');
  const prefects = await workspace.run('node', [script, 'deploy', 'ints/alone'], { PREFECT_API_URL: server.url });
  expect([prefects.code, prefects.output]).toEqual([1, expect.stringContaining('add --engine prefect')]);
});

it('the root project deploys all integrations with the options of its configuration, and a mistyped one sends nothing', async () => {
  const workspace = await workspaceWith({
    'ints/first/deployments.ts': deploymentsText('root', 'first'),
    'ints/second/deployments.ts': deploymentsText('root', 'second'),
    'project.json': JSON.stringify({ name: 'tributary', targets: { deploy: { configurations: { local: { url: server.url } } } } }),
  });
  const mistyped = await workspace.run('nx', ['run', 'tributary:deploy:lokal']);
  expect(mistyped.code).toBe(1);
  expect(mistyped.output).toContain('Unknown configuration "lokal" of ints-first:deploy and 1 more. Did you mean "local"?\n');
  expect(mistyped.output).not.toMatch(/Deploying to|No Tributary server/);
  const wrong = await nx(workspace, 'run-many', '-t', 'deploy', '--engine=prefct');
  expect(wrong.code).toBe(1);
  expect(wrong.output.match(/Option --engine .*/g)).toEqual([
    'Option --engine needs prefect or embedded, not "prefct". Did you mean "prefect"?',
  ]);

  const deployed = await workspace.run('nx', ['deploy', 'tributary', '-c', 'local']);
  expect(deployed).toMatchObject({ code: 0, output: expect.stringContaining('2 created, 0 updated, 0 unchanged.') });
  const apart = await workspace.run('nx', ['run-many', '-t', 'deploy', '-c', 'local', '--no-batch', '--exclude=ints-second']);
  expect(apart.code).toBe(0);
  expect(apart.output.match(/= unchanged .*|.* unchanged\./g)).toEqual(['= unchanged root/first', '0 created, 0 updated, 1 unchanged.']);
});
