import { execFileSync } from 'node:child_process';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { plan as planNoun } from '@tributary/contract/nouns/plan';
import { afterAll, describe, expect, it } from 'vitest';

import type { Ended } from '../test-support/command.ts';
import { createStage, type Stage } from '../test-support/stage.ts';

const repository = resolve(import.meta.dirname, '..', '..', '..');

/** A deployments.ts with one flow. @param deployments options of deployFactory by name, as source text */
function source(flow: string, deployments: Readonly<Record<string, string>>): string {
  return [
    "import { deployFactory, flow } from '@tributary/flow';",
    "import { z } from 'zod';",
    `export const theFlow = flow({ name: '${flow}', parameters: z.object({ limit: z.int().default(10) }) }, async ({ limit }) => limit);`,
    ...Object.entries(deployments).map(
      ([name, options], index) => `export const d${index} = deployFactory({ name: '${name}', flow: theFlow, ${options} });`,
    ),
    '',
  ].join('\n');
}

describe.concurrent('plan and deploy', () => {
  const stages: Stage[] = [];
  afterAll(() => Promise.all(stages.map((stage) => stage.close())));

  /** A workspace with these integrations and a server of its own. The registries are written already. */
  async function stageWith(integrations: Readonly<Record<string, string>>): Promise<Stage> {
    const stage = await createStage();
    stages.push(stage);
    symlinkSync(join(repository, 'node_modules'), join(stage.root, 'node_modules'));
    writeFileSync(join(stage.root, '.gitignore'), 'node_modules\n.tributary\n');
    writeFileSync(join(stage.root, 'package-lock.json'), '{"lockfileVersion": 3, "packages": {}}');
    git(stage, 'init', '-q');
    for (const [name, text] of Object.entries(integrations)) add(stage, name, text);
    if (Object.keys(integrations).length > 0) await stage.command(['plan']);
    return stage;
  }

  function add({ root }: Stage, name: string, text: string, file = 'deployments.ts'): void {
    const path = join(root, 'ints', name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  function git({ root }: Stage, ...args: string[]): void {
    // A hook of git sets variables that name another repository.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
    execFileSync('git', [...author, ...args], { cwd: root, env });
  }

  const read = async ({ client }: Stage, flow: string, deployment: string) =>
    (await client.readDeploymentByName({ path: { flow, deployment } })).data;
  /** Changes a deployment as another program would. */
  async function setLimit({ client }: Stage, live: Awaited<ReturnType<typeof read>>, limit: number): Promise<void> {
    const { name, flow_id, labels, pull_steps, entrypoint, path, work_pool_name } = live;
    const schedules = live.schedules.map(({ slug, schedule }) => ({ slug, schedule }));
    await client.createDeployment({
      body: { name, flow_id, labels, pull_steps, entrypoint, path, work_pool_name, schedules, parameters: { limit } },
    });
  }
  const jsonOf = ({ stdout }: Ended) => planNoun.parse(JSON.parse(stdout));

  it('show the same changes, and a second deploy changes nothing', async () => {
    const on = await stageWith({
      shop: source('export', { shop: "cron: '0 0 * * *', parameters: { limit: 3 }" }),
      crm: source('export', { crm: '' }),
    });
    const planned = await on.command(['plan']);
    expect(planned).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        `Planning against ${on.url} (this workspace's server)`,
        '',
        '+ work pool tributary',
        '',
        'ints/crm',
        '  + create export/crm',
        '',
        'ints/shop',
        '  + create export/shop (cron 0 0 * * *)',
        '',
        '2 to create, 0 to update, 0 unchanged.',
        '',
      ].join('\n'),
    });
    expect((await on.client.filterDeployments({ body: {} })).data).toEqual([]);
    expect((await on.client.filterFlows({ body: {} })).data).toEqual([]);
    expect((await on.command(['plan', '--detailed-exitcode'])).code).toBe(2);

    expect(await on.command(['deploy'])).toMatchObject({ code: 0, stdout: expect.stringContaining('2 created, 0 updated, 0 unchanged.') });
    const first = await read(on, 'export', 'shop');
    expect(first).toMatchObject({ parameters: { limit: 3 }, labels: { 'tributary.project': 'ints-shop' } });
    const again = await on.command(['deploy', '--detailed-exitcode']);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('= unchanged export/shop')]);
    expect(await read(on, 'export', 'shop')).toEqual(first);

    await setLimit(on, first, 4);
    const changed = await on.command(['deploy', 'shop', '--detailed-exitcode']);
    expect([changed.code, changed.stdout]).toEqual([
      2,
      expect.stringMatching(/ {2}~ update export\/shop\n[^=]* {6}parameters\.limit: 4 → 3 \(drift: it changed on the engine\)\n/),
    ]);
    expect(await read(on, 'export', 'shop')).toMatchObject({ parameters: { limit: 3 } });
  });

  it('take the names of integrations in every form, and suggest the nearest one', async () => {
    const on = await stageWith({
      shop: source('names', { shop: '' }),
      crm: source('names', { crm: '' }),
      'ints-odd': source('names', { odd: '' }),
    });
    const planned = async (...args: string[]) =>
      jsonOf(await on.command(['plan', '--json', ...args], { cwd: join(on.root, 'ints') })).integrations.map(({ name }) => name);
    expect(await planned()).toEqual(['ints-crm', 'ints-ints-odd', 'ints-shop']);
    for (const name of ['shop', 'ints-shop', 'ints/shop', 'ints/shop/', './ints/shop']) expect(await planned(name)).toEqual(['ints-shop']);
    expect(await planned('shop', 'ints/crm', 'ints-shop')).toEqual(['ints-crm', 'ints-shop']);
    expect(await planned('ints-odd')).toEqual(['ints-ints-odd']);

    const wrong = await on.command(['plan', 'shp']);
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Did you mean ints/shop?') });
    expect((await on.command(['deploy', 'far-away'])).stderr).toContain('The known ones are ints/crm, ints/ints-odd, ints/shop.');
    for (const args of [
      ['plan', 'shp', '--detailed-exitcode'],
      ['plan', '--url', 'nowhere', '--detailed-exitcode'],
    ])
      expect([args, (await on.command(args)).code]).toEqual([args, 1]);
    expect((await on.command(['plan', '--json', '--markdown'])).code).toBe(2);
  });

  it('let a broken integration fail alone', async () => {
    const on = await stageWith({ broken: "\nthrow new Error('no key');\n", sound: source('load', { sound: '' }), empty: 'export {};' });
    const planned = await on.command(['plan']);
    expect(planned.code).toBe(1);
    expect(planned.stdout).toMatch(
      /\n\nerror: ints\/broken\/deployments\.ts.* threw while it was imported: no key\n\n\+ work pool tributary\n\nints\/empty\n {2}deployments\.ts exports no deployment\.\n\nints\/sound\n/,
    );
    const deployed = await on.command(['deploy', '--json']);
    expect(deployed.code).toBe(1);
    const { findings, integrations, tally } = jsonOf(deployed);
    expect(findings).toMatchObject([
      { code: 'broken_integration', severity: 'error', file: 'ints/broken/deployments.ts', integration: 'ints-broken' },
    ]);
    expect(integrations.map(({ root, deployments }) => [root, deployments.map(({ applied }) => applied)])).toEqual([
      ['ints/broken', []],
      ['ints/empty', []],
      ['ints/sound', [{ outcome: 'applied', reason: null }]],
    ]);
    expect(tally).toEqual({ create: 1, update: 0, unchanged: 0, delete: 0, failed: 1 });
    expect(await read(on, 'load', 'sound')).toMatchObject({ name: 'sound' });
  });

  it('find problems of all integrations before anything is sent, and what is created beside deployments', async () => {
    const on = await stageWith({
      late: source('find', { late: '' }).replace('.default(10)', '').replace('flow: theFlow,', "flow: theFlow, cron: '0 0 * * *'"),
      sound: source('find', { sound: "queue: 'slow', pool: 'nightly'" }),
    });
    writeFileSync(join(on.root, 'ints', 'package.json'), '{"dependencies": {"@tributary/flow": "*", "zod": "*"}}');
    add(on, 'late', `import 'pg';\n${readFileSync(join(on.root, 'ints', 'late', 'deployments.ts'), 'utf8')}`);
    const planned = await on.command(['plan']);
    expect(planned.code).toBe(1);
    expect(planned.stdout).toMatch(
      /\n\nerror: ints\/late\/deployments\.ts:1: .*`npm i -w ints pg`\.\nerror: ints\/late\/deployments\.ts:5: .*limit.*\n\n\+ work pool nightly\n\+ work queue nightly\/slow\n\nints\/sound\n/,
    );
    const deployed = jsonOf(await on.command(['deploy', '--json']));
    expect(deployed).toMatchObject({
      integrations: [{ name: 'ints-late', deployments: [] }, { name: 'ints-sound' }],
      creates: { pools: ['nightly'], queues: ['nightly/slow'] },
      findings: [
        { code: 'unlisted_package', integration: 'ints-late' },
        { code: 'missing_parameter', integration: 'ints-late' },
      ],
      tally: { create: 1, failed: 1 },
    });
    expect((await on.client.filterDeployments({ body: {} })).data.map(({ name }) => name)).toEqual(['sound']);
  });

  it('write a stale registry anew on a workstation, and refuse it in CI', async () => {
    const on = await stageWith({});
    add(on, 'stale', source('stale', { stale: '' }));
    const inCI = await on.command(['deploy'], { env: { CI: 'true' } });
    expect([inCI.code, inCI.stdout]).toEqual([1, expect.stringMatching(/error: ints\/stale\/deployments\.gen\.ts: .*`npx nx sync`/)]);
    expect((await on.client.filterDeployments({ body: {} })).data).toEqual([]);
    const here = await on.command(['plan']);
    expect([here.code, here.stdout]).toEqual([0, expect.stringContaining('warning: ints/stale/deployments.gen.ts: ')]);
    expect((await on.command(['deploy'], { env: { CI: 'true' } })).code).toBe(0);
  });

  it('keep what belongs to people until it is reset, and set back what belongs to the code', async () => {
    const on = await stageWith({ shop: source('ways', { shop: "cron: '0 0 * * *', parameters: { limit: 3 }" }) });
    await on.command(['deploy']);
    const { id } = await read(on, 'ways', 'shop');
    await on.client.pauseDeployment({ path: { id } });
    await on.client.updateDeployment({ path: { id }, body: { concurrency_limit: 2, tags: ['urgent'], parameters: { limit: 4 } } });
    const planned = await on.command(['plan']);
    expect(planned.stdout.split('\n').slice(2, -1)).toEqual([
      'ints/shop',
      '  ~ update ways/shop',
      '      parameters.limit: 4 → 3 (drift: it changed on the engine)',
      ...['paused', 'concurrency_limit 2', 'tag urgent'].map((kept) => `      kept: ${kept} (code: none)`),
      '',
      '0 to create, 1 to update, 0 unchanged.',
    ]);
    await on.command(['deploy']);
    const kept = { paused: true, tags: ['urgent'], global_concurrency_limit: { limit: 2 } };
    expect(await read(on, 'ways', 'shop')).toMatchObject({ ...kept, parameters: { limit: 3 } });

    const reset = await on.command(['deploy', '--reset', 'concurrency_limit', '--reset', 'tags', '--reset', 'tags.urgnt']);
    expect(reset.stdout).toContain('\nNothing to reset: no deployment keeps tags.urgnt.\n');
    expect([reset.code, reset.stdout]).toEqual([0, expect.stringMatching(/concurrency_limit: 2 → \(none\) \(reset\)\n[^]*kept: paused/)]);
    expect(await read(on, 'ways', 'shop')).toMatchObject({ paused: true, tags: [], global_concurrency_limit: null });
    expect((await on.command(['plan', '--reset', 'all'])).stdout).toContain('paused: true → false (reset)');
  });

  it('delete what the code no longer declares, say a rename together, and leave the deployments of others alone', async () => {
    const on = await stageWith({
      crm: source('rename', { old: "cron: '0 0 * * *'" }),
      gone: source('removed', { gone: '' }),
      shop: source('rename', { shop: '' }),
    });
    git(on, 'add', '-A');
    git(on, 'commit', '-qm', 'first');
    await on.command(['deploy']);
    const waiting = (await on.client.countFlowRuns({ body: {} })).data;
    await on.deploy('py', 'nightly');
    await on.deploy('py', 'theirs', { labels: { 'tributary.workspace': 'acme/sales', 'tributary.project': 'ints-py' } });

    add(on, 'crm', source('rename', { new: "cron: '0 0 * * *'" }));
    rmSync(join(on.root, 'ints', 'gone'), { recursive: true });
    git(on, 'add', '-A');
    git(on, 'commit', '-qm', 'second');
    // This process has imported the first deployments.ts.
    const planned = await on.start(['plan', '--all', '--detailed-exitcode']).ended;
    expect([planned.code, planned.stdout.split('\n').slice(2)]).toEqual([
      2,
      [
        expect.stringMatching(/^warning: ints\/crm\/deployments\.gen\.ts: /),
        '',
        'ints/crm',
        '  + create rename/new (in place of rename/old) (cron 0 0 * * *)',
        `  - delete rename/old (${waiting} waiting runs go with it)`,
        '',
        'ints/shop',
        '  = unchanged rename/shop',
        '',
        'ints/gone (removed)',
        '  - delete removed/gone',
        '',
        'not owned by this workspace',
        '  py/nightly  no owner',
        '  py/theirs   ints-py in workspace acme/sales',
        '',
        '1 to create, 0 to update, 2 to delete, 1 unchanged.',
        '',
      ],
    ]);
    const one = await on.start(['deploy', 'shop', '--json']).ended;
    expect(jsonOf(one).tally).toMatchObject({ delete: 0, unchanged: 1 });
    const deployed = await on.start(['deploy']).ended;
    expect([deployed.code, deployed.stdout]).toEqual([0, expect.stringContaining('1 created, 0 updated, 2 deleted, 1 unchanged.')]);
    expect((await on.client.filterDeployments({ body: {} })).data.map(({ name }) => name).toSorted()).toEqual([
      'new',
      'nightly',
      'shop',
      'theirs',
    ]);
  });

  it('deploy exactly the plan of a file, and refuse it when the engine or the code has moved', async () => {
    const on = await stageWith({ shop: source('saved', { shop: 'parameters: { limit: 3 }' }), crm: source('saved', { crm: '' }) });
    expect((await on.command(['plan', 'shop', '--out', 'plan.json'])).code).toBe(0);
    add(on, 'crm', source('saved', { crm: '', more: '' }));
    const deployed = await on.command(['deploy', '--plan', 'plan.json']);
    expect([deployed.code, deployed.stdout]).toEqual([0, expect.stringContaining('1 created, 0 updated, 0 unchanged.')]);
    expect((await on.client.filterDeployments({ body: {} })).data.map(({ name }) => name)).toEqual(['shop']);

    const again = await on.command(['deploy', '--plan', 'plan.json']);
    expect([again.code, again.stderr]).toEqual([
      1,
      'The plan plan.json is out of date, so nothing was sent:\n  Deployment saved/shop has changed on the engine.\nPlan again, and deploy that plan.\n',
    ]);
    await on.command(['plan', '--out', 'plan.json']);
    add(on, 'shop', source('saved', { shop: 'parameters: { limit: 4 }' }));
    expect((await on.command(['deploy', '--plan', 'plan.json'])).stderr).toContain('The code of deployment saved/shop has changed.');
    expect((await read(on, 'saved', 'shop')).parameters).toEqual({ limit: 3 });
  });

  it("take over another workspace's deployments only if the user names it", async () => {
    const text = source('former', { one: '', two: '' });
    const on = await stageWith({ crm: text, shop: source('former', { three: '' }) });
    writeFileSync(join(on.root, 'nx.json'), '{"tributary": {"workspace": "acme/old"}}');
    await on.command(['deploy']);
    writeFileSync(join(on.root, 'nx.json'), '{"tributary": {"workspace": "acme/data"}}');
    const refused = await on.command(['plan']);
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('npx tributary deploy --take-over acme/old')]);
    const some = await on.command(['plan', 'crm', 'shop', '--reset', 'paused']);
    expect(some.stdout).toContain('npx tributary deploy crm shop --take-over acme/old --reset paused');
    const planned = await on.command(['plan', '--take-over', 'acme/old']);
    expect([planned.code, planned.stdout.split('\n')[2]]).toEqual([
      0,
      '~ 3 deployments are taken over, from workspace acme/old: former/one, former/two, former/three',
    ]);
    expect((await on.command(['deploy', '--take-over', 'acme/old'])).code).toBe(0);
    expect((await read(on, 'former', 'one')).labels).toMatchObject({ 'tributary.workspace': 'acme/data' });
    expect((await on.command(['plan', '--detailed-exitcode'])).code).toBe(0);
  });

  it('say why the engine refused a deployment', async () => {
    const on = await stageWith({ refused: source('refuse', { good: '', bad: "pool: 'prefect-agent'" }) });
    const deployed = await on.command(['deploy']);
    expect([deployed.code, deployed.stdout]).toEqual([
      1,
      expect.stringMatching(/ {2}! failed refuse\/bad: .+ reserved\.\n {2}! failed refuse\/good: .+ reserved\.\n/),
    ]);
    expect(deployed.stdout).toContain('0 created, 0 updated, 0 unchanged, 1 integration failed.');
    const again = jsonOf(await on.command(['deploy', '--json']));
    expect(again.integrations[0]?.deployments.map(({ name, applied }) => [name, applied?.outcome])).toEqual([
      ['refuse/bad', 'failed'],
      ['refuse/good', 'failed'],
    ]);
  });

  it('fold what is unchanged, and show what a person paused', async () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`many-${index}`, '']));
    const on = await stageWith({ many: source('fold', many) });
    await on.command(['deploy']);
    const { id } = await read(on, 'fold', 'many-3');
    await on.client.pauseDeployment({ path: { id } });
    const { stdout } = await on.command(['plan']);
    expect(stdout.split('\n').slice(2)).toEqual([
      'ints/many',
      '  = unchanged fold/many-3',
      '      kept: paused (code: none)',
      '',
      '= 11 unchanged',
      '',
      '0 to create, 0 to update, 12 unchanged.',
      '',
    ]);
  });

  it('say in one line that deployments move to another clone, and move them', async () => {
    const text = source('move', { one: '', two: '', three: 'parameters: { limit: 3 }' });
    const first = await stageWith({ moved: text });
    const second = await stageWith({ moved: text });
    await first.command(['deploy']);
    await setLimit(first, await read(first, 'move', 'three'), 4);
    const env = { TRIBUTARY_API_URL: first.url };
    const planned = await second.command(['plan', '--detailed-exitcode'], { env });
    expect(planned.code).toBe(2);
    expect(planned.stdout.split('\n').slice(2)).toEqual([
      `~ 3 deployments move to the folder ${second.root} (deployed from ${first.root})`,
      '',
      'ints/moved',
      '  ~ update move/three',
      '      parameters.limit: 4 → 3 (drift: it changed on the engine)',
      '',
      '0 to create, 3 to update, 0 unchanged.',
      '',
    ]);
    expect((await second.command(['deploy'], { env })).stdout).toContain('0 created, 3 updated, 0 unchanged.');
    expect(await read(first, 'move', 'one')).toMatchObject({ pull_steps: [{ 'tributary.local_folder': { root: second.root } }] });
    expect((await second.command(['plan', '--detailed-exitcode'], { env })).code).toBe(0);
  });

  it('know the code of a deployment, and name the changed file and the way to it', async () => {
    const on = await stageWith({});
    // test/architecture.test.ts takes imports in single quotes for this file's own.
    const flow = 'import { limit } from "../../shared/limit.ts";\nexport const most = limit;\n';
    add(on, 'reaching', `import "./flows/most.ts";\n${source('code', { reaching: '' })}`);
    add(on, 'reaching', flow, 'flows/most.ts');
    add(on, 'shared', 'export const limit = 1;\n', 'limit.ts');
    add(on, 'other', source('code', { other: '' }));
    await on.command(['plan']);
    git(on, 'add', '-A');
    git(on, 'commit', '-qm', 'first');
    await on.command(['deploy']);
    expect((await read(on, 'code', 'reaching')).labels).toMatchObject({
      'tributary.closure': expect.stringMatching(/^[0-9a-f]{40}$/),
      'tributary.commit': expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    expect((await on.command(['plan'])).stdout).not.toContain('code changed');

    add(on, 'shared', 'export const limit = 2;\n', 'limit.ts');
    const planned = await on.command(['plan', '--why', '--detailed-exitcode']);
    expect([planned.code, planned.stdout.split('\n').slice(2)]).toEqual([
      0,
      [
        'ints/other',
        '  = unchanged code/other',
        '',
        'ints/reaching',
        '  = unchanged code/reaching (code changed)',
        '      code changed: ints/shared/limit.ts',
        '        ints/reaching/deployments.ts → ints/reaching/flows/most.ts → ints/shared/limit.ts',
        '',
        '0 to create, 0 to update, 2 unchanged.',
        '',
      ],
    ]);
    expect(jsonOf(await on.command(['plan', '--json', 'reaching'])).integrations[0]?.deployments[0]?.code).toMatchObject({
      changed: true,
      parts: [{ path: 'ints/shared/limit.ts', change: 'changed' }],
    });
  });

  it('deploy nothing if a problem concerns all integrations, and find it before anything is sent', async () => {
    const on = await stageWith({ sound: source('lock', { sound: '' }) });
    writeFileSync(join(on.root, 'package-lock.json'), '<<<<<<< HEAD\n');
    const deployed = await on.command(['deploy']);
    expect([deployed.code, deployed.stdout]).toEqual([
      1,
      expect.stringMatching(/\n\nerror: package-lock\.json:1: [^]+\n {2}! refused lock\/sound: nothing was sent/),
    ]);
    expect((await on.client.filterDeployments({ body: {} })).data).toEqual([]);
  });

  it('write the JSON to a file, whole or not at all', async () => {
    const on = await stageWith({ out: source('out', { out: '' }) });
    const planned = await on.command(['plan', '--out', 'plan.json']);
    expect(planned.stdout).toContain(`Wrote the plan to ${join(on.root, 'plan.json')}\n`);
    const file = () => planNoun.parse(JSON.parse(readFileSync(join(on.root, 'plan.json'), 'utf8')));
    expect(file().integrations).toMatchObject([{ name: 'ints-out', deployments: [{ name: 'out/out', action: 'create' }] }]);
    const both = await on.command(['deploy', '--json', '--out', 'plan.json']);
    expect(file()).toEqual(jsonOf(both));
    expect(file().integrations[0]?.deployments[0]?.applied).toEqual({ outcome: 'applied', reason: null });
    expect(readdirSync(on.root).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    for (const path of ['nowhere/plan.json', 'ints'])
      expect(await on.command(['deploy', '--out', path])).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining(`--out ${path}`),
      });
  });

  it('write to a pipe and through a symbolic link, without replacing them', async () => {
    const on = await stageWith({});
    const [pipe, link, behind] = [join(on.root, 'pipe'), join(on.root, 'link.json'), join(on.root, 'behind.json')];
    execFileSync('mkfifo', [pipe]);
    // Opened for reading alone, a pipe without a writer would wait.
    const descriptor = openSync(pipe, 'r+');
    await on.command(['plan', '--out', 'pipe']);
    expect(statSync(pipe).isFIFO()).toBe(true);
    const buffer = Buffer.alloc(65_536);
    planNoun.parse(JSON.parse(buffer.toString('utf8', 0, readSync(descriptor, buffer))));
    closeSync(descriptor);
    writeFileSync(behind, '');
    symlinkSync(behind, link);
    await on.command(['plan', '--out', 'link.json']);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    planNoun.parse(JSON.parse(readFileSync(behind, 'utf8')));
  });

  it('print nothing but JSON or Markdown on standard output, whatever user code prints and leaves open', async () => {
    const noisy = `console.log('noise');\nsetInterval(() => console.log('noise'), 1);\nprocess.stdout.write('noise');\n`;
    const on = await stageWith({});
    // Only the processes of the commands import it.
    add(on, 'noisy', noisy + source('noise', { noisy: '' }));
    for (const verb of ['plan', 'deploy']) {
      const { code, stdout, stderr } = await on.start([verb, '--json']).ended;
      expect([code, JSON.parse(stdout).integrations[0].name, stderr]).toEqual([0, 'ints-noisy', expect.stringContaining('noise')]);
    }
    const markdown = await on.start(['plan', '--markdown']).ended;
    expect([markdown.code, markdown.stdout]).toEqual([0, expect.stringMatching(/^### Tributary: 0 to create/)]);
    expect(markdown.stdout).not.toContain('\nnoise');
  });

  it('finish when the reader of the output is gone, with the right exit code', async () => {
    const on = await stageWith({ sound: source('alone', { sound: '' }), broken: 'throw new Error();\n' });
    for (const args of [
      ['deploy', '--out', 'alone.json'],
      ['plan', '--json', '--out', 'alone.json'],
    ]) {
      rmSync(join(on.root, 'alone.json'), { force: true });
      expect((await on.start(args, { unread: true }).ended).code).toBe(1);
      expect(readFileSync(join(on.root, 'alone.json'), 'utf8')).toContain('alone/sound');
    }
    expect(await read(on, 'alone', 'sound')).toMatchObject({ name: 'sound' });
  });

  it('let an integration fail alone that ends the process or awaits something that never comes', async () => {
    const on = await stageWith({ sound: source('ending', { sound: '' }) });
    // Only the processes of the commands import them.
    add(on, 'exits', `${source('ending', { exits: '' })}process.exit(0);\n`);
    add(
      on,
      'later',
      `${source('ending', { later: '' })}setTimeout(() => process.exit(0), 1);\nawait new Promise((end) => setTimeout(end, 50));\n`,
    );
    add(on, 'waits', `${source('ending', { waits: '' })}await new Promise(() => undefined);\n`);
    const { code, stdout, stderr } = await on.start(['deploy']).ended;
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout.match(/^error: .*/gm)).toEqual([
      expect.stringMatching(/ints\/exits\/deployments\.ts:5: .*process\.exit\(0\) would end/),
      expect.stringMatching(/ints\/later\/deployments\.ts:5: .*process\.exit\(0\) would end/),
      expect.stringMatching(/ints\/waits\/deployments\.ts: The import of this file is not finished/),
    ]);
    expect(stdout).toContain('1 created, 0 updated, 0 unchanged, 3 integrations failed.');
    expect(await read(on, 'ending', 'sound')).toMatchObject({ name: 'sound' });
  });

  it('fail with a sentence without a server, and plan nothing in a workspace without integrations', async () => {
    const on = await stageWith({});
    expect(await on.command(['plan'])).toMatchObject({ code: 0, stderr: expect.stringContaining('This workspace has no integrations') });
    const away = await on.command(['plan', '--json', '--url', 'http://127.0.0.1:1/api']);
    expect(away).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('No server answers at http://127.0.0.1:1/api') });
  });
});
