import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { type Clone, createTeam, declaring, deploymentsIn, linesOf, type Team } from '../test-support/team.ts';

let team: Team;
beforeAll(async () => {
  team = await createTeam();
});
afterEach(() => team.clear());
afterAll(() => team.close());

const committed = declaring({ 'load/shop': "cron: '0 1 * * *'" });
const changed = declaring({ 'load/shop': "cron: '0 2 * * *'", 'load/new': '' });

/** Two clones at one commit. The first one has deployed changes that it hasn't committed. */
async function colleagues(): Promise<{ readonly first: Clone; readonly second: Clone; readonly commit: string }> {
  const first = await team.workspace('acme/data', { shop: committed });
  const second = await first.clone();
  await first.write(deploymentsIn({ shop: changed }));
  await first.deploy();
  return { first, second, commit: await first.git('rev-parse', 'HEAD') };
}

it('a clean clone says that its deploy takes back what a colleague deployed from the same commit without committing it', async () => {
  const { first, second, commit } = await colleagues();
  const plan = await second.plan();
  expect(linesOf(plan)).toEqual(['warning uncommitted_live ints-shop', 'ints-shop', '~ load/shop', '- load/new']);
  expect(plan.findings).toMatchObject([
    {
      message:
        `The deployments load/shop and load/new were deployed from ${first.root}, with changes that aren't in commit ${commit.slice(0, 12)}. ` +
        'This clone has the code of that commit, so a deploy takes these changes back. If they are to stay, have them committed there, and run `git pull` here.',
      file: 'ints/shop/deployments.ts',
      line: 3,
    },
  ]);
  await second.write({ 'README.md': 'later' });
  await second.commit();
  expect(linesOf(await second.deploy())).toContain('warning uncommitted_live ints-shop');
  expect(linesOf(await second.deploy())).toEqual(['ints-shop', '= load/shop']);
});

it('nothing is said in the folder that has the changes, or once they are committed', async () => {
  const { first, second } = await colleagues();
  await first.git('checkout', '-q', '.');
  expect(linesOf(await first.plan())).toEqual(['ints-shop', '~ load/shop', '- load/new']);
  await second.write(deploymentsIn({ shop: changed }));
  await second.commit();
  await second.deploy();
  expect(linesOf(await second.plan())).toEqual(['ints-shop', '= load/new', '= load/shop']);
});
