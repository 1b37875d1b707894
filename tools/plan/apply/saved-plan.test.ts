import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DeploymentPlan, Plan } from '@tributary/contract/nouns/plan';
import { expect, it, onTestFinished } from 'vitest';

import { exampleDeployment, examplePlan } from '../test-support/example-plan.ts';
import { createTeam, declaring } from '../test-support/team.ts';
import { changesSince, checkSavedPlan, policyOf, readSavedPlan } from './saved-plan.ts';

const deployment = (changes: Partial<DeploymentPlan> = {}): DeploymentPlan =>
  exampleDeployment({
    action: 'update',
    changes: [{ field: 'version', from: '1', to: '2', reason: 'code' }],
    seen: 'a',
    code: { closure: 'c', changed: true, parts: null },
    ...changes,
  });
const planOf = (...deployments: DeploymentPlan[]): Plan =>
  examplePlan({
    integrations: [{ name: 'ints-shop', root: 'ints/shop', removed: false, deployments }],
    tally: { create: 0, update: 1, unchanged: 0, delete: 0, failed: 0 },
  });
const saved = planOf(deployment());

it('a saved plan still holds if a new plan would do the same', () => {
  const applied = planOf(deployment({ applied: { outcome: 'applied', reason: null } }));
  const waiting = planOf(deployment({ waiting: 3 }));
  const otherClone = planOf(deployment({ code: { closure: 'c', changed: true, parts: [] } }));
  for (const now of [saved, applied, waiting, otherClone]) expect(changesSince(saved, now)).toEqual([]);
});

it.each([
  ['the engine', planOf(deployment({ seen: 'b' })), 'Deployment load/nightly has changed on the engine.'],
  ['the engine', planOf(deployment({ seen: null, action: 'create' })), 'Deployment load/nightly has changed on the engine.'],
  [
    'the code',
    planOf(deployment({ code: { closure: 'd', changed: true, parts: null } })),
    'The code of deployment load/nightly has changed.',
  ],
  ['an option', planOf(deployment({ changes: [] })), 'A deploy of load/nightly would do something else than the plan says.'],
  ['a new deployment', planOf(deployment(), deployment({ name: 'load/new' })), "Deployment load/new isn't in the plan."],
  ['a removed deployment', planOf(), 'Deployment load/nightly is in the plan, and would no longer be deployed.'],
  ['a removed integration', { ...saved, integrations: [] }, 'Integration ints-shop no longer exists.'],
  ['the workspace', { ...saved, workspace: 'acme/other' }, 'It was made for workspace acme/data, and this is workspace acme/other.'],
  [
    'another engine',
    { ...saved, engine: { url: 'http://other/api', kind: 'embedded' as const } },
    'It was made for http://127.0.0.1:4200/api, and this deploy would go to http://other/api.',
  ],
])('names what has changed: %s', (_, now, change) => {
  expect(changesSince(saved, now)).toEqual([change]);
  expect(() => checkSavedPlan('plan.json', saved, now)).toThrow(
    `The plan plan.json is out of date, so nothing was sent:\n  ${change}\nPlan again, and deploy that plan.`,
  );
});

it('planning again allows what the saved plan was allowed', () => {
  const taken = deployment({ owner: { workspace: 'acme/old', project: 'ints-shop' } });
  const deleted = deployment({ name: 'load/old', action: 'delete', code: null });
  expect(policyOf({ ...planOf(taken, deleted), reset: ['paused'], storage: 'git' })).toEqual({
    everything: false,
    takeOver: ['acme/old'],
    allowDeletes: 1,
    allowOlder: true,
    reset: ['paused'],
    storage: 'git',
    listOthers: false,
  });
});

it('planning again refuses what the saved plan was refused', () => {
  const deleted = deployment({ name: 'load/old', action: 'delete', code: null });
  const error = { severity: 'error' as const, message: 'no', file: null, line: null, integration: null, command: null };
  const refused = (code: 'many_deletions' | 'older_code') => policyOf({ ...planOf(deleted), findings: [{ ...error, code }] });
  expect(refused('many_deletions')).toMatchObject({ allowDeletes: 0, allowOlder: true });
  expect(refused('older_code')).toMatchObject({ allowDeletes: 1, allowOlder: false });
});

it('a plan with fields that go back to the code can be saved and deployed', async () => {
  const team = await createTeam();
  onTestFinished(() => team.close());
  const text = declaring({
    'load/nightly': "keepLive: ['job_variables'], concurrencyLimit: { limit: 2, collisionStrategy: 'CANCEL_NEW' }",
  });
  const here = await team.workspace('acme/data', { shop: text });
  await here.deploy();
  const { id } = await team.read('load/nightly');
  const body = { job_variables: { env: { REGION: 'us' } }, concurrency_options: { collision_strategy: 'ENQUEUE' as const } };
  await team.client.updateDeployment({ path: { id }, body });
  const plan = await here.plan({ policy: { reset: ['job_variables', 'concurrency_options'] } });
  expect(plan.integrations[0]?.deployments[0]?.changes).toMatchObject([{ reason: 'reset' }, { reason: 'reset' }]);
  expect(changesSince(plan, await here.plan({ policy: policyOf(plan) }))).toEqual([]);
});

it('reads the file of a plan, and refuses other files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-saved-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const write = async (text: string): Promise<string> => {
    const file = join(folder, 'plan.json');
    await writeFile(file, text);
    return file;
  };
  expect(await readSavedPlan(await write(JSON.stringify(saved)))).toEqual(saved);
  await expect(readSavedPlan(await write('{'))).rejects.toMatchObject({
    code: 'misuse',
    message: expect.stringContaining("can't be read"),
  });
  await expect(readSavedPlan(await write('{"version": 1}'))).rejects.toThrow(
    /isn't a plan of version 2: write one with `npx tributary plan --out/,
  );
  await expect(readSavedPlan(join(folder, 'none.json'))).rejects.toThrow(/none\.json can't be read/);
});
