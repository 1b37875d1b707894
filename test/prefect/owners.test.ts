import { plan, type Plan } from '@tributary/contract/nouns/plan';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { installOnPrefect, type Installation } from '../support/prefect/installation.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';

/** A deployments.ts with a flow of its own for each deployment. */
const declaring = (...names: readonly string[]): string => `import { deployFactory, flow } from '@tributary/flow';
${names.map((name, index) => `export const f${index} = flow({ name: 'owned' }, () => 1);\nexport const d${index} = deployFactory({ name: '${name}', flow: f${index} });\n`).join('')}`;

describe('the owners of deployments on a real Prefect server', () => {
  let prefect: Prefect;
  let ours: Installation;
  let theirs: Installation;

  beforeAll(async () => {
    prefect = await startPrefect();
    ours = await installOnPrefect(prefect, { 'ints/shop/deployments.ts': declaring('kept', 'gone', 'moved') });
    theirs = await installOnPrefect(prefect, { 'ints/shop/deployments.ts': declaring('theirs') });
    theirs.workspace.write('nx.json', '{"tributary": {"workspace": "test/theirs"}}');
  });
  afterAll(async () => {
    await theirs?.close();
    await ours?.close();
    await prefect?.stop();
  });

  const run = async (on: Installation, ...args: readonly string[]): Promise<Plan> => {
    const { stdout, stderr } = await on.command([...args, '--json']).ended;
    return plan.parse(JSON.parse(stdout || JSON.stringify(stderr)));
  };
  const actions = ({ integrations }: Plan) =>
    integrations.flatMap(({ deployments }) => deployments.map(({ name, action }) => [action, name]));

  it('are told apart by the id of the workspace, and what is no longer declared is deleted with its waiting runs', async () => {
    await run(ours, 'deploy', 'shop');
    expect(actions(await run(theirs, 'deploy', 'shop'))).toEqual([['create', 'owned/theirs']]);
    const { id } = (await ours.client.readDeploymentByName({ path: { flow: 'owned', deployment: 'gone' } })).data;
    await ours.client.createFlowRunFromDeployment({ path: { id }, body: {} });

    ours.workspace.write('ints/shop/deployments.ts', declaring('kept'));
    ours.workspace.write('ints/crm/deployments.ts', declaring('moved'));
    const planned = await run(ours, 'plan', 'shop');
    expect(actions(planned)).toEqual([
      ['unchanged', 'owned/kept'],
      ['delete', 'owned/gone'],
    ]);
    expect(planned.integrations[0]?.deployments[1]).toMatchObject({ waiting: 1 });
    expect(await run(ours, 'deploy', 'crm')).toMatchObject({
      integrations: [{ deployments: [{ action: 'update', owner: { workspace: 'test/workspace', project: 'ints-shop' } }] }],
    });

    theirs.workspace.write('ints/shop/deployments.ts', declaring('kept'));
    const refused = await run(theirs, 'plan', 'shop');
    expect(refused.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'other_owner', message: expect.stringContaining('Workspace "test/workspace" owns the deployment owned/kept.') },
    ]);
  });
});
