import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { fromMillis } from '@tributary/contract/time';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { printPlan } from '../print/print-plan.ts';
import { createRepository } from '../test-support/repository.ts';
import { type Clone, createTeam, declaring, deploymentsIn, linesOf, type Team } from '../test-support/team.ts';

let team: Team;
beforeAll(async () => {
  team = await createTeam();
});
afterEach(() => team.clear());
afterAll(() => team.close());

const remove = ({ root }: Clone, ...path: readonly string[]): Promise<void> => rm(join(root, 'ints', ...path), { recursive: true });
const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`load/n${index}`, '']));

describe('a deployment that its integration no longer declares', () => {
  it('is deleted, and the plan counts the waiting runs that go with it (9623)', async () => {
    const here = await team.workspace('acme/data', {
      shop: declaring({ 'load/kept': '', 'load/gone': '' }),
      crm: declaring({ 'load/crm': '' }),
    });
    await here.deploy();
    const { id } = await team.read('load/gone');
    const states = [
      { type: 'SCHEDULED', state_details: { scheduled_time: fromMillis(Date.now() + 3_600_000) } },
      { type: 'PENDING' },
      { type: 'COMPLETED' },
    ] as const;
    for (const state of states) await team.client.createFlowRunFromDeployment({ path: { id }, body: { state } });
    await here.write(deploymentsIn({ shop: declaring({ 'load/kept': '' }) }));
    await here.commit();
    expect(linesOf(await here.plan({ names: ['crm'] }))).toEqual(['ints-crm', '= load/crm']);
    const plan = await here.plan({ names: ['shop'] });
    expect(linesOf(plan)).toEqual(['ints-shop', '= load/kept', '- load/gone']);
    expect(plan.integrations[0]?.deployments[1]).toMatchObject({ waiting: 2, code: null, seen: expect.stringMatching(/^[\da-f]{64}$/) });
    expect(plan.tally).toEqual({ create: 0, update: 0, unchanged: 1, delete: 1, failed: 0 });
  });

  it.each([
    ['the flow', 'extract/nightly'],
    ['the deployment', 'load/daily'],
  ])('is said to be the same under another name if %s is renamed', async (_, renamed) => {
    const here = await team.workspace('acme/data', { shop: declaring({ 'other/one': '', 'load/nightly': '' }) });
    await here.deploy();
    await here.write(deploymentsIn({ shop: declaring({ 'other/one': '', [renamed]: '' }) }));
    expect(linesOf(await here.plan())).toEqual(['ints-shop', `+ ${renamed} for load/nightly`, '= other/one', '- load/nightly']);
  });

  it('is not paired with one of several that it may have become', async () => {
    const here = await team.workspace('acme/data', { shop: declaring({ 'load/nightly': '' }) });
    await here.deploy();
    await here.write(deploymentsIn({ shop: declaring({ 'load/a': '', 'load/b': '' }) }));
    expect(linesOf(await here.plan())).toEqual(['ints-shop', '+ load/a', '+ load/b', '- load/nightly']);
  });

  describe('that moves to another integration', () => {
    const flowFile = "import { flow } from '@tributary/flow';\nexport const load = flow({ name: 'load' }, () => 1);\n";
    const using = (name: string): string =>
      [
        "import { deployFactory } from '@tributary/flow';",
        "import { load } from './flows/load.ts';",
        `export const one = deployFactory({ name: '${name}', flow: load });`,
      ].join('\n');
    const deployed = async (): Promise<Clone> => {
      const here = await team.workspace('acme/data', { crm: declaring({ 'sync/crm': '' }), shop: using('nightly') });
      await here.write({ 'ints/shop/flows/load.ts': flowFile });
      await here.commit();
      await here.deploy();
      return here;
    };

    it('is said to be the same under its new name, in both integrations, if the file of its flow moved with it', async () => {
      const here = await deployed();
      await remove(here, 'shop');
      await here.write({ 'ints/store/deployments.ts': using('daily'), 'ints/store/flows/load.ts': flowFile });
      await here.commit();
      const plan = await here.plan();
      expect(linesOf(plan)).toEqual([
        'ints-crm',
        '= sync/crm',
        'ints-store',
        '+ load/daily for load/nightly',
        'ints-shop (removed)',
        '- load/nightly',
      ]);
      const text = printPlan(plan, { verb: 'plan', why: false, paint: (_, line) => line });
      expect(text).toContain('ints/store\n  + create load/daily (in place of load/nightly of ints-shop)\n');
      expect(text).toContain('ints/shop (removed)\n  - delete load/nightly (becomes load/daily of ints-store)\n');
    });

    it('is not paired with a flow of the same name and place that has other code', async () => {
      const here = await deployed();
      await remove(here, 'shop');
      await here.write({ 'ints/store/deployments.ts': using('daily'), 'ints/store/flows/load.ts': flowFile.replace('1', '2') });
      await here.commit();
      expect(linesOf(await here.plan())).toContain('+ load/daily');
    });
  });

  it('stays without a word if an integration outside of the plan declares it now', async () => {
    const here = await team.workspace('acme/data', { shop: declaring({ 'load/moving': '' }) });
    await here.deploy();
    await here.write(deploymentsIn({ shop: declaring({}), crm: declaring({ 'load/moving': '' }) }));
    expect(linesOf(await here.plan({ names: ['shop'] }))).toEqual(['ints-shop']);
  });

  it('stays while any deployments.ts of the workspace is broken, and the plan names it', async () => {
    const here = await team.workspace('acme/data', { shop: declaring({ 'load/gone': '' }), crm: declaring({ 'load/crm': '' }) });
    await here.deploy();
    await here.write(deploymentsIn({ shop: declaring({}), crm: "throw new Error('no key');\n" }));
    const lines = ['warning kept_deployment all', 'ints-shop'];
    const plan = await here.plan({ names: ['shop'] });
    expect(linesOf(plan)).toEqual(lines);
    expect(plan.findings[0]).toMatchObject({
      file: 'ints/crm/deployments.ts',
      message:
        "The deployment load/gone stays, although no deployments.ts here declares it: this file can't be loaded, and may declare what is missing. Correct the file.",
    });
  });

  it('stays if it was adopted, and no deploy has declared it yet', async () => {
    const here = await team.workspace('acme/data', { shop: declaring({ 'load/shop': '' }) });
    await here.deploy();
    const { flow_id, work_pool_name } = await team.read('load/shop');
    const labels = { 'tributary.workspace': 'acme/data', 'tributary.project': 'ints-shop', 'tributary.flow': 'load' };
    await team.client.createDeployment({ body: { name: 'adopted', flow_id, work_pool_name, labels } });
    const plan = await here.plan();
    expect(linesOf(plan)).toEqual(['warning kept_deployment all', 'ints-shop', '= load/shop']);
    expect(plan.findings[0]?.message).toMatch(
      /no deploy has declared it since this workspace adopted it.*`npx tributary deployment forget load\/adopted`/,
    );
    await here.write(deploymentsIn({ shop: declaring({ 'load/shop': '', 'load/adopted': '' }) }));
    await here.deploy();
    await here.write(deploymentsIn({ shop: declaring({ 'load/shop': '' }) }));
    expect(linesOf(await here.plan())).toEqual(['ints-shop', '= load/shop', '- load/adopted']);
  });

  it('is not deleted by a script that applies another one', async () => {
    const here = await team.workspace('acme/data', { shop: declaring({ 'load/one': '', 'load/two': '' }) });
    await here.deploy();
    await here.write(deploymentsIn({ shop: declaring({ 'load/two': "tags: ['new']" }) }));
    await here.apply('shop');
    expect(await team.read('load/two')).toMatchObject({ tags: ['new'] });
    expect(await team.read('load/one')).toMatchObject({ name: 'one' });
  });

  it('stays if a script outside of the integrations applied it', async () => {
    const here = await team.workspace('acme/data', { shop: declaring({ 'load/shop': '' }) });
    await here.deploy();
    const { flow_id, labels, work_pool_name } = await team.read('load/shop');
    const applied = { ...labels, 'tributary.project': 'ints-shop-flows' };
    await team.client.createDeployment({ body: { name: 'script', flow_id, work_pool_name, labels: applied, path: 'ints/shop/flows' } });
    expect(linesOf(await here.plan())).toEqual(['ints-shop', '= load/shop']);
  });
});

describe('an integration that is gone', () => {
  const both = { shop: declaring({ 'load/shop': '' }), crm: declaring({ 'load/crm': '', 'load/crm too': '' }) };
  const deployed = async (): Promise<Clone> => {
    const here = await team.workspace('acme/data', both);
    await here.deploy();
    return here;
  };

  it('is deleted by a deploy of everything alone, once its removal is committed', async () => {
    const here = await deployed();
    await remove(here, 'crm');
    const uncommitted = await here.plan();
    expect(linesOf(uncommitted)).toEqual(['warning kept_deployment all', 'ints-shop', '= load/shop']);
    expect(uncommitted.findings[0]).toMatchObject({
      file: 'ints/crm/deployments.ts',
      message: expect.stringMatching(/the last commit has this file\. If the integration is to go, commit its removal\.$/),
    });
    await here.commit();
    expect(linesOf(await here.plan({ names: ['shop'] }))).toEqual(['ints-shop', '= load/shop']);
    const plan = await here.plan();
    expect(linesOf(plan)).toEqual(['ints-shop', '= load/shop', 'ints-crm (removed)', '- load/crm', '- load/crm too']);
    expect(plan.integrations[1]).toMatchObject({ root: 'ints/crm' });
  });

  it('stays in a sparse checkout', async () => {
    const here = await deployed();
    await here.git('sparse-checkout', 'set', '--no-cone', '/*', '!/ints/crm/');
    const plan = await here.plan();
    expect(linesOf(plan)).toEqual(['warning kept_deployment all', 'ints-shop', '= load/shop']);
    expect(plan.findings[0]?.message).toMatch(/only the sparse checkout leaves it out\. Deploy from a whole checkout\.$/);
  });

  it('stays in a clone without its submodule', async () => {
    const module = await createRepository({ 'deployments.ts': declaring({ 'load/crm': '' }) });
    await module.commit();
    const here = await team.workspace('acme/data', { shop: declaring({ 'load/shop': '' }) });
    await here.git('submodule', '--quiet', 'add', module.root, 'ints/crm');
    await here.commit();
    expect((await here.deploy()).tally).toMatchObject({ create: 2 });
    const plan = await (await here.clone()).plan({ policy: { allowOlder: true } });
    expect(linesOf(plan).filter((line) => !line.includes('load/shop'))).toEqual(['warning kept_deployment all', 'ints-shop']);
    expect(plan.findings[0]?.message).toMatch(/its folder is a submodule or a symbolic link.*`git submodule update --init`/);
    await module.remove();
  });

  it('stays behind a symbolic link, whose target the commit may lack', async () => {
    const here = await team.workspace('acme/data', both);
    await here.git('mv', 'ints', 'elsewhere');
    await symlink('elsewhere', join(here.root, 'ints'));
    await here.commit();
    await here.deploy();
    await rm(join(here.root, 'elsewhere', 'crm'), { recursive: true });
    expect(linesOf(await here.plan())).toEqual(['warning kept_deployment all', 'ints-shop', '= load/shop']);
  });

  it('stays if the repository around the workspace has never had the workspace', async () => {
    const here = await deployed();
    await here.git('rm', '-q', '--cached', '-r', '.');
    await here.git('commit', '-q', '--allow-empty', '-m', 'Nothing');
    await remove(here, 'crm');
    const plan = await here.plan({ policy: { allowOlder: true } });
    expect(plan.findings.map(({ code }) => code)).toContain('kept_deployment');
    expect(plan.integrations.map(({ name }) => name)).toEqual(['ints-shop']);
  });

  it('stays without git', async () => {
    const here = await deployed();
    await remove(here, 'crm');
    await rm(join(here.root, '.git'), { recursive: true });
    const plan = await here.plan();
    expect(linesOf(plan).slice(0, 2)).toEqual(['warning no_git all', 'warning kept_deployment all']);
    expect(plan.integrations.map(({ name }) => name)).toEqual(['ints-shop']);
  });

  it('stays beside one that is broken', async () => {
    const here = await deployed();
    await remove(here, 'crm');
    await here.write(deploymentsIn({ shop: "throw new Error('no key');\n" }));
    await here.commit();
    const plan = await here.plan();
    expect(linesOf(plan)).toEqual(['error broken_integration ints-shop', 'warning kept_deployment all', 'ints-shop']);
    expect(plan.findings[1]?.message).toMatch(/^The deployments load\/crm and load\/crm too stay, /);
  });
});

describe('a deletion', () => {
  it('of a protected deployment is an error of its integration', async () => {
    const here = await team.workspace('acme/data', { shop: declaring({ 'load/safe': '', 'load/other': '' }) });
    await here.deploy();
    const { name, flow_id, labels, path } = await team.read('load/safe');
    await team.client.createDeployment({ body: { name, flow_id, path, labels: { ...labels, 'tributary.protect': true } } });
    await here.write(deploymentsIn({ shop: declaring({ 'load/other': '' }) }));
    const plan = await here.plan();
    expect(linesOf(plan)).toEqual(['error protected_deployment ints-shop', 'ints-shop']);
    expect(plan.findings[0]?.message).toContain('`npx tributary deployment forget load/safe`');
  });

  it.each([
    ['10 of 19', 19, 10, undefined],
    ['11 of 19', 19, 11, 'would delete 11 of the 19 deployments of this workspace: load/n'],
    ['5 of 20', 20, 5, undefined],
    ['6 of 20', 20, 6, 'would delete 6 of the 20 deployments of this workspace: load/n'],
  ])('of %s deployments', async (_, owned, deleted, message) => {
    const here = await team.workspace('acme/data', { shop: declaring(names(owned)) });
    await here.deploy();
    await here.write(deploymentsIn({ shop: declaring(names(owned - deleted)) }));
    const plan = await here.plan();
    expect(plan.tally).toMatchObject({ unchanged: owned - deleted, delete: deleted });
    expect(plan.findings.map(({ code, integration, command }) => [code, integration, command])).toEqual(
      message ? [['many_deletions', null, `npx tributary deploy --allow-deletes ${deleted}`]] : [],
    );
    expect(plan.findings[0]?.message ?? '').toContain(message ?? '');
    expect((await here.plan({ policy: { allowDeletes: deleted } })).findings).toEqual([]);
    expect((await here.plan({ policy: { allowDeletes: deleted - 1 } })).findings).toHaveLength(message ? 1 : 0);
  });
});
