import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { createTeam, declaring, deploymentsIn, linesOf, type Team } from '../test-support/team.ts';

let team: Team;
beforeAll(async () => {
  team = await createTeam();
});
afterEach(() => team.clear());
afterAll(() => team.close());

const deployments = `
import { deployFactory } from '@tributary/flow';
import { load } from './flows/load.ts';
export const shop = deployFactory({ name: 'shop', flow: load });
`;
/** A flow that makes these calls, from line 6 on. */
const calling = (...calls: readonly string[]): string => `
import * as tributary from '@tributary/flow';
import { createFlowRun, externalDeployment, flow, runDeployment as fire } from '@tributary/flow';
export const py = () => externalDeployment('py/nightly', undefined);
export const load = flow({ name: 'load' }, async (name) => {
${calls.map((call) => `  ${call}\n`).join('')}});
`;
const workspaceCalling = (...calls: readonly string[]) =>
  team.workspace('acme/data', { shop: deployments, dbt: declaring({ 'dbt/build': '', 'dbt/test': '' }) }).then(async (here) => {
    await here.write({ 'ints/shop/flows/load.ts': calling(...calls) });
    return here;
  });

it('a call of a deployment that nothing declares is an error of its integration, with line and nearest name', async () => {
  const here = await workspaceCalling(
    "await fire('dbt/build', { timeout: 0 });",
    "await fire('dbt/buld');",
    'await createFlowRun(',
    "  'dbt/tset', { parameters: {} });",
    'await tributary.runDeployment(`load/shops`);',
  );
  const plan = await here.plan();
  expect(plan.findings.filter(({ code }) => code !== 'unknown_file')).toMatchObject(
    [
      [7, 'There is no deployment "dbt/buld", so this call would fail. Did you mean "dbt/build"?'],
      [8, 'There is no deployment "dbt/tset", so this call would fail. Did you mean "dbt/test"?'],
      [10, 'There is no deployment "load/shops", so this call would fail. Did you mean "load/shop"?'],
    ].map(([line, message]) => ({
      code: 'unknown_deployment',
      severity: 'error',
      message,
      line,
      file: 'ints/shop/flows/load.ts',
      integration: 'ints-shop',
    })),
  );
  expect(linesOf(await here.deploy())).toEqual(expect.arrayContaining(['ints-dbt', '+ dbt/build', '+ dbt/test', 'ints-shop']));
  await expect(team.read('load/shop')).rejects.toThrow('404');
});

it('a name that is computed, that is only mentioned or that may exist elsewhere is none', async () => {
  const here = await workspaceCalling(
    "// await fire('dbt/gone');",
    `const text = "fire('dbt/gone')" + \`fire('dbt/gone')\` + /fire\\('/.source;`,
    'await fire(name); await fire(`dbt/${name}`);',
    "await fire('dbt/' + name); await fire.unchecked('dbt/gone');",
    "await fire('dbt/build'); await fire('made/by-hand');",
  );
  const { data: flow } = await team.client.createFlow({ body: { name: 'made' } });
  await team.client.createDeployment({ body: { name: 'by-hand', flow_id: flow.id } });
  // Here dbt isn't planned, and nothing of it is live.
  expect(linesOf(await here.plan({ names: ['shop'] }))).toEqual(['warning unknown_file ints-shop', 'ints-shop', '+ load/shop']);
  await here.write({ 'ints/dbt/deployments.ts': "throw new Error('broken');", 'ints/shop/flows/load.ts': calling("fire('dbt/buld');") });
  expect(linesOf(await here.plan({ names: ['shop'] }))).toEqual(['warning unknown_file ints-shop', 'ints-shop', '+ load/shop']);
});

it('a call is an error too once the deploy deletes its deployment', async () => {
  const here = await workspaceCalling("await fire('dbt/build');");
  await here.commit();
  await here.deploy();
  await here.write(deploymentsIn({ dbt: declaring({ 'dbt/build_all': '', 'dbt/test': '' }) }));
  const plan = await here.plan();
  expect(linesOf(plan)).toEqual([
    'error unknown_deployment ints-shop',
    'ints-dbt',
    '+ dbt/build_all for dbt/build',
    '= dbt/test',
    '- dbt/build',
    'ints-shop',
  ]);
  expect(plan.findings[0]?.message).toBe('A deploy deletes deployment "dbt/build", so this call would fail. Did you mean "dbt/build_all"?');
});
