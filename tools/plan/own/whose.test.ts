import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { defaultPool } from '@tributary/contract/nouns/work-pool';
import { createPool } from '@tributary/flow/deploy';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createTeam, declaring, deploymentsIn, linesOf, type Team } from '../test-support/team.ts';

let team: Team;
beforeAll(async () => {
  team = await createTeam();
});
afterEach(() => team.clear());
afterAll(() => team.close());

/** Creates or changes a deployment as another program does. @param pool null for none */
async function put(name: string, labels: Readonly<Record<string, string>>, pool: string | null = defaultPool.name): Promise<void> {
  const [flow = '', deployment = ''] = name.split('/');
  const [{ data }] = await Promise.all([team.client.createFlow({ body: { name: flow } }), createPool(team.client, defaultPool.name)]);
  await team.client.createDeployment({ body: { name: deployment, flow_id: data.id, labels, work_pool_name: pool } });
}

describe('a deployment of another workspace', () => {
  it('is never touched, even by a workspace with the same project names', async () => {
    const ours = await team.workspace('acme/data', { dbt: declaring({ 'build/nightly': '', 'build/ours': '' }) });
    const theirs = await team.workspace('acme/web', { dbt: declaring({ 'build/theirs': '' }) });
    expect(linesOf(await ours.deploy())).toEqual(['ints-dbt', '+ build/nightly', '+ build/ours']);
    expect(linesOf(await theirs.deploy())).toEqual(['ints-dbt', '+ build/theirs']);
    expect(linesOf(await ours.plan())).toEqual(['ints-dbt', '= build/nightly', '= build/ours']);
    expect((await team.read('build/theirs')).labels).toMatchObject({ 'tributary.workspace': 'acme/web', 'tributary.project': 'ints-dbt' });
    expect((await ours.plan({ policy: { listOthers: true } })).others).toEqual([
      { name: 'build/theirs', owner: { workspace: 'acme/web', project: 'ints-dbt' } },
    ]);
    expect((await ours.plan()).others).toEqual([]);
  });

  it('stops the integration that declares it, and no other', async () => {
    const theirs = await team.workspace('acme/web', { dbt: declaring({ 'build/nightly': '' }) });
    await theirs.deploy();
    const before = await team.read('build/nightly');
    const ours = await team.workspace('acme/data', {
      dbt: declaring({ 'build/nightly': "tags: ['ours']", 'build/more': '' }),
      shop: declaring({ 'load/shop': '' }),
    });
    const plan = await ours.deploy();
    expect(linesOf(plan)).toEqual(['error other_owner ints-dbt', 'ints-dbt', 'ints-shop', '+ load/shop']);
    expect(plan.findings).toMatchObject([
      {
        message: expect.stringMatching(
          /^Workspace "acme\/web" owns the deployment build\/nightly\. .*`npx tributary deploy --take-over acme\/web`.*`npx tributary deployment adopt build\/nightly`/,
        ),
        file: 'ints/dbt/deployments.ts',
        line: 3,
      },
    ]);
    await expect(ours.apply('dbt')).rejects.toThrow('Workspace "acme/web" owns the deployment build/nightly.');
    expect(await team.read('build/nightly')).toEqual(before);
  });

  it('is one finding if the id of the workspace changed, and is taken over at the word of the user', async () => {
    const here = await team.workspace('old', { dbt: declaring({ 'build/a': '' }), shop: declaring({ 'load/b': '', 'load/gone': '' }) });
    await here.deploy();
    await here.write({ 'nx.json': { tributary: { workspace: 'new' } }, ...deploymentsIn({ shop: declaring({ 'load/b': '' }) }) });
    await here.commit();
    const refused = await here.deploy();
    expect(linesOf(refused).slice(0, 1)).toEqual(['error other_owner all']);
    expect(refused.findings[0]).toMatchObject({ command: 'npx tributary deploy --take-over old', file: 'nx.json' });
    expect((await team.read('load/b')).labels).toMatchObject({ 'tributary.workspace': 'old' });

    const policy = { takeOver: ['old'] };
    const taken = ['ints-dbt', '~ build/a from old:ints-dbt', 'ints-shop', '~ load/b from old:ints-shop'];
    expect(linesOf(await here.plan({ policy: { ...policy, listOthers: true } }))).toEqual(taken);
    expect((await here.plan({ policy: { ...policy, listOthers: true } })).others).toEqual([
      { name: 'load/gone', owner: { workspace: 'old', project: 'ints-shop' } },
    ]);
    expect(linesOf(await here.deploy({ policy }))).toEqual(taken);
    expect(linesOf(await here.deploy())).toEqual(['ints-dbt', '= build/a', 'ints-shop', '= load/b']);
    expect((await team.read('load/b')).labels).toMatchObject({ 'tributary.workspace': 'new' });
  });
});

describe('a deployment without a workspace', () => {
  it('is taken over where the code declares it, and listed but never deleted elsewhere', async () => {
    await put('load/shop', { 'tributary.project': 'ints-shop' });
    await put('load/gone', { 'tributary.project': 'ints-shop' });
    await put('load/far', { 'tributary.project': 'ints-far' });
    const here = await team.workspace('acme/data', { shop: declaring({ 'load/shop': '' }) });
    const plan = await here.deploy();
    expect(linesOf(plan)).toEqual(['warning kept_deployment all', 'ints-shop', '~ load/shop from nobody:ints-shop']);
    expect(plan.findings[0]?.message).toMatch(
      /^The deployments load\/far and load\/gone stay, .*`npx tributary deployment delete load\/far`\.$/,
    );
    expect(linesOf(await here.deploy({ names: ['shop'] }))).toEqual(['warning kept_deployment all', 'ints-shop', '= load/shop']);
  });

  it("needs the user's word if no deploy created it, in whatever pool it is", async () => {
    await put('load/shop', {}, null);
    await put('load/by hand', {});
    const here = await team.workspace('acme/data', { shop: declaring({ 'load/shop': '' }) });
    expect(linesOf(await here.plan())).toEqual(['error other_owner ints-shop', 'ints-shop']);
    const plan = await here.plan({ policy: { listOthers: true } });
    expect(plan.findings[0]).toMatchObject({
      message:
        'Nobody owns the deployment load/shop. To take it over, run `npx tributary deployment adopt load/shop`; otherwise rename it here.',
      command: 'npx tributary deployment adopt load/shop',
    });
    expect(plan.others).toEqual([
      { name: 'load/by hand', owner: null },
      { name: 'load/shop', owner: null },
    ]);
  });
});

describe('a deployment that moves to another integration', () => {
  const [a, b] = [{ 'load/a': '' }, { 'load/b': '' }];

  const kept = ['ints-old', '= load/a'];
  const moved = ['ints-new', '= load/b', '~ load/moving from acme/data:ints-old'];

  it.each([
    ['its old one first', [['old'], ['new']], [kept, moved]],
    ['its new one first', [['new'], ['old']], [moved, kept]],
    ['both at once', [undefined], [[...moved, ...kept]]],
  ])('changes its owner and nothing else, with %s', async (_, deploys, lines) => {
    const here = await team.workspace('acme/data', { old: declaring({ ...a, 'load/moving': '' }), new: declaring(b) });
    await here.deploy();
    const { id } = await team.read('load/moving');
    await here.write(deploymentsIn({ old: declaring(a), new: declaring({ ...b, 'load/moving': '' }) }));
    await here.commit();
    const plans: string[][] = [];
    for (const names of deploys) plans.push(linesOf(await here.deploy(names && { names })));
    expect(plans).toEqual(lines);
    expect(linesOf(await here.plan())).toEqual(['ints-new', '= load/b', '= load/moving', 'ints-old', '= load/a']);
    expect(await team.read('load/moving')).toMatchObject({ id, labels: { 'tributary.project': 'ints-new' } });
  });

  it('is refused while both declare it', async () => {
    const here = await team.workspace('acme/data', { old: declaring({ 'load/moving': '' }), new: declaring(b) });
    await here.deploy();
    await here.write(deploymentsIn({ new: declaring({ 'load/moving': '' }) }));
    expect(linesOf(await here.plan({ names: ['new'] }))).toEqual(['error duplicate_name ints-new', 'ints-new']);
  });

  it("is refused while the one that has it can't be loaded, because it may still declare it", async () => {
    const here = await team.workspace('acme/data', { old: declaring({ 'load/moving': '' }), new: declaring(b) });
    await here.deploy();
    await here.write(deploymentsIn({ old: "throw new Error('no key');\n", new: declaring({ 'load/moving': '' }) }));
    const plan = await here.plan({ names: ['new'] });
    expect(linesOf(plan)).toEqual(['error duplicate_name ints-new', 'warning kept_deployment all', 'ints-new']);
    expect(plan.findings[0]?.message).toMatch(/^Deployment load\/moving belongs to ints\/old\/deployments\.ts, which can't be loaded/);
  });
});

describe('a workspace without an id', () => {
  it('is "local" on its own server, whose deployments stay its own when it gets an id', async () => {
    const here = await team.workspace(null, { shop: declaring({ 'load/shop': '', 'load/gone': '' }) });
    const own = { TRIBUTARY_HOME: team.home };
    expect(await here.deploy({ env: own })).toMatchObject({ engine: { kind: 'embedded' }, workspace: 'local' });
    const byUrl = { ...own, TRIBUTARY_API_URL: team.url };
    expect(await here.plan({ env: byUrl })).toMatchObject({ engine: { kind: 'tributary' }, workspace: 'local', tally: { unchanged: 2 } });

    const other = await team.workspace('acme/web', { shop: declaring({ 'load/shop': '' }) });
    expect(linesOf(await other.plan())).toEqual(['error other_owner ints-shop', 'ints-shop']);

    await here.write({ 'nx.json': { tributary: { workspace: 'acme/data' } }, ...deploymentsIn({ shop: declaring({ 'load/shop': '' }) }) });
    for (const env of [own, byUrl]) expect(linesOf(await here.plan({ env }))).toEqual(['ints-shop', '= load/shop', '- load/gone']);
  });

  it('takes no server for its own that only has the port of its former one', async () => {
    const here = await team.workspace(null, { shop: declaring({ 'load/shop': '' }) });
    await mkdir(join(here.root, '.tributary'));
    const former = { url: team.url, pid: process.pid, boot: randomUUID() };
    await writeFile(join(here.root, '.tributary', 'server.json'), JSON.stringify(former));
    await expect(here.plan()).rejects.toThrow('This workspace has no id');
  });

  it('neither plans nor deploys on a server that is not its own, and reads the line to add', async () => {
    const here = await team.workspace(null, { shop: declaring({ 'load/shop': '' }) });
    for (const verb of ['plan', 'deploy'] as const)
      await expect(here[verb]()).rejects.toThrow(
        `This workspace has no id, so the server at ${team.url} could not tell its deployments from those of other workspaces. ` +
          `Add a line to ${here.root}/nx.json, with a name that no other workspace of this server has, and commit it: "tributary": {"workspace": "acme/data"}`,
      );
    await expect(here.apply('shop')).rejects.toThrow('This workspace has no id');
    expect((await team.client.filterDeployments({ body: {} })).data).toEqual([]);
  });
});
