import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { type Clone, createTeam, declaring, deploymentsIn, linesOf, type Team } from '../test-support/team.ts';

let team: Team;
beforeAll(async () => {
  team = await createTeam();
});
afterEach(() => team.clear());
afterAll(() => team.close());

const shop = declaring({ 'load/shop': "cron: '0 1 * * *'" });
const newer = declaring({ 'load/shop': "cron: '0 2 * * *'" });
const crm = declaring({ 'sync/crm': '' });

/** Two clones of a workspace with `shop` and `crm`. The second one removes `crm`, changes `shop`, and deploys. */
async function removedByAnother(): Promise<{ readonly older: Clone; readonly newest: Clone; readonly commit: string }> {
  const older = await team.workspace('acme/data', { shop, crm });
  await older.deploy();
  const newest = await older.clone();
  await newest.git('rm', '-q', '-r', 'ints/crm');
  await newest.write(deploymentsIn({ shop: newer }));
  const commit = await newest.commit();
  await newest.deploy();
  await older.git('fetch', '-q', newest.root, 'HEAD');
  return { older, newest, commit };
}

it('an older clone does not bring back what was removed since, although nothing on the engine tells of it', async () => {
  const { older, commit } = await removedByAnother();
  const head = await older.git('rev-parse', 'HEAD');
  const plan = await older.deploy({ names: ['ints-crm'] });
  expect(linesOf(plan)).toEqual(['error older_code ints-crm', 'ints-crm', '+ sync/crm']);
  expect(plan.findings).toMatchObject([
    {
      message:
        `The deployment isn't live: sync/crm. Its code was changed or removed after commit ${head.slice(0, 12)}, which this clone is at: this ` +
        `workspace was deployed from commit ${commit.slice(0, 12)}. A deploy could bring back what was removed. Run \`git pull\`, or deploy with \`--allow-older\`.`,
      file: 'ints/crm/deployments.ts',
      line: 3,
      command: 'git pull',
    },
  ]);
  await expect(team.read('sync/crm')).rejects.toThrow('404');
});

it('an older clone brings it back at the word of the user', async () => {
  const { older } = await removedByAnother();
  expect(linesOf(await older.deploy({ names: ['ints-crm'], policy: { allowOlder: true } }))).toEqual(['ints-crm', '+ sync/crm']);
});

it('an older clone creates what has the same code in the newer commit', async () => {
  const older = await team.workspace('acme/data', { shop, crm });
  const newest = await older.clone();
  await newest.write(deploymentsIn({ shop: newer }));
  await newest.commit();
  await newest.deploy({ names: ['ints-shop'] });
  await older.git('fetch', '-q', newest.root, 'HEAD');
  expect(linesOf(await older.deploy({ names: ['ints-crm'] }))).toEqual(['ints-crm', '+ sync/crm']);
});

it('a branch creates what it adds, whatever was deployed from another line of history', async () => {
  const { older } = await removedByAnother();
  await older.write(deploymentsIn({ billing: declaring({ 'bill/all': '' }) }));
  await older.commit();
  expect(linesOf(await older.deploy({ names: ['ints-billing'] }))).toEqual(['ints-billing', '+ bill/all']);
});
