import { resolveEngine } from '@tributary/flow/engine';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { applyPlan } from '../apply-plan.ts';
import { changesSince, policyOf } from '../apply/saved-plan.ts';
import { openCode } from '../closure/open-code.ts';
import { type Planned, planLoaded } from '../plan-loaded.ts';
import { folderStorage } from '../storage/storage.ts';
import { type Clone, createTeam, declaring, deploymentsIn, linesOf, type Team } from '../test-support/team.ts';
import { createWorkspaces } from '../test-support/workspace.ts';

let team: Team;
beforeAll(async () => {
  team = await createTeam();
});
afterEach(() => team.clear());
afterAll(() => team.close());

const old = declaring({ 'load/shop': "cron: '0 1 * * *'" });
const newer = declaring({ 'load/shop': "cron: '0 2 * * *'", 'load/more': '' });
const change = async (clone: Clone, text: string): Promise<string> => {
  await clone.write(deploymentsIn({ shop: text }));
  return clone.commit();
};
const refused = ['error older_code ints-shop', 'ints-shop', '~ load/shop', '- load/more'];
const cronOf = async (): Promise<unknown> => (await team.read('load/shop')).schedules[0]?.schedule;

describe('two clones, of which the older one deploys second', () => {
  const twoClones = async () => {
    const first = await team.workspace('acme/data', { shop: old });
    const second = await first.clone();
    const commit = await change(second, newer);
    await second.deploy();
    return { first, second, commit };
  };

  it('the deploy is refused with both commits, and sets nothing back', async () => {
    const { first, second, commit } = await twoClones();
    const head = await first.git('rev-parse', 'HEAD');
    const unaware = await first.deploy();
    expect(linesOf(unaware)).toEqual(refused);
    expect(unaware.findings[0]).toMatchObject({
      message: expect.stringContaining(
        `from commit ${commit.slice(0, 12)}, and this clone is at ${head.slice(0, 12)}, which knows neither that commit nor the same code, so it may be older. Run \`git pull\``,
      ),
      command: 'git pull',
    });
    await first.git('fetch', '-q', second.root, 'HEAD');
    const plan = await first.deploy();
    expect(linesOf(plan)).toEqual(refused);
    expect(plan.findings).toMatchObject([
      {
        message:
          `The deployments load/shop and load/more were deployed from commit ${commit.slice(0, 12)}, and this clone is at ${head.slice(0, 12)}, ` +
          'which is older: a deploy would set back newer code. Run `git pull`, or deploy with `--allow-older`.',
        file: 'ints/shop/deployments.ts',
        line: 3,
        command: 'git pull',
      },
    ]);
    await expect(first.apply('shop')).rejects.toThrow('which is older');
    expect(await cronOf()).toMatchObject({ cron: '0 2 * * *' });
  });

  it('the deploy goes ahead at the word of the user', async () => {
    const { first } = await twoClones();
    expect(linesOf(await first.deploy({ policy: { allowOlder: true } }))).toEqual(['ints-shop', '~ load/shop', '- load/more']);
    expect(await cronOf()).toMatchObject({ cron: '0 1 * * *' });
  });

  it('a clone that only follows the other one deploys', async () => {
    const { first, second } = await twoClones();
    await first.git('pull', '-q', second.root, 'HEAD');
    await change(first, declaring({ 'load/shop': "cron: '0 3 * * *'", 'load/more': '' }));
    expect(linesOf(await first.deploy())).toContain('~ load/shop');
  });
});

it('a live change is set back from an older commit with the same code', async () => {
  const first = await team.workspace('acme/data', { shop: old });
  const second = await first.clone();
  await second.write({ 'README.md': 'later' });
  await second.commit();
  await second.deploy();
  const { name, flow_id, labels, path, entrypoint, pull_steps } = await team.read('load/shop');
  await team.client.createDeployment({ body: { name, flow_id, labels, path, entrypoint, pull_steps, description: 'by hand' } });
  expect(linesOf(await first.plan())).toEqual(['ints-shop', '~ load/shop']);
});

it('main deploys after a squash merge of a branch that was deployed, although it lacks the commit', async () => {
  const main = await team.workspace('acme/data', { shop: old });
  const branch = await main.clone();
  await change(branch, newer);
  await branch.deploy();
  await change(main, newer);
  await change(main, declaring({ 'load/shop': "cron: '0 3 * * *'" }));
  expect(linesOf(await main.plan())).toEqual(['ints-shop', '~ load/shop', '- load/more']);
});

it('main deploys after a squash merge, also when it no longer imports the file that the branch changed', async () => {
  const shared = '../../shared/limit.ts';
  const main = await team.workspace('acme/data', { shop: `import '${shared}';\n${old}` });
  const branch = await main.clone();
  const setLimit = async (clone: Clone, limit: number, place: string): Promise<void> => {
    await clone.write({ 'shared/limit.ts': `export const limit = ${limit};\n`, 'README.md': place });
    await clone.commit();
  };
  await setLimit(branch, 1, 'branch');
  await setLimit(branch, 2, 'branch');
  await branch.deploy();
  await setLimit(main, 2, 'main');
  await change(main, declaring({ 'load/shop': "cron: '0 3 * * *'" }));
  expect(linesOf(await main.plan())).toEqual(['ints-shop', '~ load/shop']);
});

it('a branch is refused that lacks what was deployed from another branch', async () => {
  const main = await team.workspace('acme/data', { shop: old });
  const branch = await main.clone();
  const commit = await change(branch, newer);
  await branch.deploy();
  const head = await change(main, declaring({ 'load/shop': "cron: '0 3 * * *'" }));
  const unaware = await main.deploy();
  expect(linesOf(unaware)).toEqual(refused);
  expect(unaware.findings[0]?.message).toContain(
    `from commit ${commit.slice(0, 12)}, and this clone is at ${head.slice(0, 12)}, which knows neither that commit nor the same code`,
  );
  await main.git('fetch', '-q', branch.root, 'HEAD');
  const aware = await main.deploy();
  expect(linesOf(aware)).toEqual(refused);
  expect(aware.findings[0]?.message).toContain('whose history has neither that commit nor the same code');
});

it('a plan shows what an older branch would set back, as a warning, and only its deploy is refused', async () => {
  const branch = await team.workspace('acme/data', { shop: old });
  const main = await branch.clone();
  const commit = await change(main, newer);
  await main.deploy();
  await branch.git('fetch', '-q', main.root, 'HEAD');
  const plan = await branch.plan();
  expect(linesOf(plan)).toEqual(['warning older_code ints-shop', 'ints-shop', '~ load/shop', '- load/more']);
  expect(plan.findings[0]).toMatchObject({
    message: expect.stringMatching(
      new RegExp(`from commit ${commit.slice(0, 12)}.*Until then a deploy is refused, and this plan shows what it would set back\\.$`),
    ),
    command: 'git pull',
  });
  expect(plan.tally).toMatchObject({ update: 1, delete: 1, failed: 0 });
  const deployed = await branch.deploy({ policy: policyOf(plan) });
  expect(linesOf(deployed)).toEqual(refused);
  expect(changesSince(plan, deployed)).toEqual([]);
  expect(await cronOf()).toMatchObject({ cron: '0 2 * * *' });
});

describe.each([['the feature apply', ['apply']] as const, ['an engine from before it', []] as const])(
  'another clone that deploys between plan and apply, on %s',
  (_, features) => {
    const workspaces = createWorkspaces();
    afterAll(() => workspaces.remove());

    /** Plans the code of a clone in this process, to apply it later. */
    async function planFor(clone: Clone, text: string): Promise<Planned> {
      await change(clone, text);
      const { loaded } = await workspaces.create(Object.fromEntries([['ints/shop/deployments.ts', text]]));
      const engine = { ...(await resolveEngine({ access: 'write', cwd: clone.root, url: team.url, env: {} })), features: [...features] };
      const workspace = { id: 'acme/data', isOnItsOwnServer: async () => false };
      const code = await openCode(clone.root);
      return planLoaded(loaded, { engine, workspace, root: clone.root, code, storage: folderStorage(code) });
    }
    const outcomesOf = ({ integrations }: Awaited<ReturnType<typeof applyPlan>>) =>
      integrations.flatMap(({ deployments }) => deployments.map(({ applied }) => applied));
    const older = {
      outcome: 'failed',
      reason: expect.stringMatching(/which knows neither that commit nor the same code, so it may be older/),
    };

    it('has the last word if its code is newer', async () => {
      const first = await team.workspace('acme/data', { shop: old });
      await first.deploy();
      const second = await first.clone();
      const [update, deletion] = [
        await planFor(first, declaring({ 'load/shop': "cron: '0 3 * * *'" })),
        await planFor(first, declaring({})),
      ];
      await change(second, newer);
      await second.deploy();
      expect(outcomesOf(await applyPlan(update))).toEqual([older]);
      expect(outcomesOf(await applyPlan(deletion))).toEqual([older]);
      expect(await cronOf()).toMatchObject({ cron: '0 2 * * *' });
    });

    it('has not if its code is older', async () => {
      const first = await team.workspace('acme/data', { shop: old });
      const second = await first.clone();
      const planned = await planFor(second, newer);
      await first.deploy();
      expect(outcomesOf(await applyPlan(planned)).map((applied) => applied?.outcome)).toEqual(['applied', 'applied']);
      expect(await cronOf()).toMatchObject({ cron: '0 2 * * *' });
    });
  },
);

it('a clone that is too shallow to tell says how to deepen it', async () => {
  const origin = await team.workspace('acme/data', { shop: old });
  await origin.deploy();
  await change(origin, newer);
  const shallow = await origin.clone('--depth=1');
  const plan = await shallow.plan();
  expect(linesOf(plan)).toEqual(['warning older_code ints-shop', 'ints-shop', '+ load/more', '~ load/shop']);
  expect(plan.findings[0]).toMatchObject({
    command: 'git fetch --unshallow',
    message: expect.stringContaining('whose history is too short to tell which of them is older. Run `git fetch --unshallow`'),
  });
  await shallow.git('fetch', '-q', '--unshallow');
  expect(linesOf(await shallow.plan())).toEqual(['ints-shop', '+ load/more', '~ load/shop']);
});
