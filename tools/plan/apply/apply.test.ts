import type { HttpRequest } from '@tributary/contract/client';
import type { Plan } from '@tributary/contract/nouns/plan';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ApplyStage, createApplyStage } from '../test-support/stage.ts';
import { deploymentsText } from '../test-support/workspace.ts';

let on: ApplyStage;
beforeAll(async () => {
  on = await createApplyStage();
});
afterAll(() => on.close());

const outcomes = ({ integrations }: Plan): string[] =>
  integrations.flatMap(({ deployments }) => deployments.map(({ name, action, applied }) => `${action} ${name}: ${applied?.outcome}`));
const reasons = ({ integrations }: Plan): string[] =>
  integrations.flatMap(({ deployments }) => deployments.flatMap(({ applied }) => applied?.reason ?? []));
const isWrite = ({ url }: HttpRequest): boolean => url.endsWith('/deployments/') || url.endsWith('/tributary/apply');

describe.each([
  { engine: 'the feature apply', features: ['apply'] },
  { engine: 'an engine from before it', features: [] },
])('an apply on $engine', ({ features }) => {
  const flow = features.length > 0 ? 'together' : 'single';
  const file = (name: string, options = '', integration = name) => ({
    [`ints/${flow}_${integration}/deployments.ts`]: deploymentsText(flow, name, { options }),
  });
  const plan = (files: Readonly<Record<string, string>>) => on.plan(files, features);
  const deploy = async (files: Readonly<Record<string, string>>) => on.apply(await plan(files));

  it('writes once: a second apply only reads, and leaves the scheduled runs alone', async () => {
    const files = { ...file('twice', "cron: '*/5 * * * *'"), ...file('other') };
    expect(outcomes(await deploy(files))).toEqual([`create ${flow}/other: applied`, `create ${flow}/twice: applied`]);
    const before = await on.read(`${flow}/twice`);
    const again = await deploy(files);
    expect([outcomes(again), again.writes]).toEqual([[`unchanged ${flow}/other: unchanged`, `unchanged ${flow}/twice: unchanged`], []]);
    expect(await on.read(`${flow}/twice`)).toEqual(before);
  });

  it('keeps what a person pauses between plan and apply', async () => {
    await deploy(file('paused', "cron: '0 5 * * *', description: 'one'"));
    const planned = await plan(file('paused', "cron: '0 5 * * *', description: 'two'"));
    const { id, schedules } = await on.read(`${flow}/paused`);
    await on.client.pauseDeployment({ path: { id } });
    await on.client.updateSchedule({ path: { id, schedule: schedules[0]?.id ?? '' }, body: { active: false, parameters: {} } });
    const done = await on.apply(planned);
    expect(outcomes(done)).toEqual([`update ${flow}/paused: applied`]);
    expect(done.integrations[0]?.deployments[0]?.kept.map(({ field }) => field)).toContain('paused');
    expect(await on.read(`${flow}/paused`)).toMatchObject({ id, description: 'two', paused: true, schedules: [{ active: false }] });
  });

  it('two applies of one owner at once leave one deployment, and both say what they did', async () => {
    const files = file('race', "cron: '0 5 * * *'");
    const [one, other] = [await plan(files), await plan(files)];
    const done = await Promise.all([on.apply(one), on.apply(other)]);
    expect(done.map(({ tally }) => tally.failed)).toEqual([0, 0]);
    const { data } = await on.client.filterDeployments({
      body: { deployments: { name: { any_: ['race'] } }, flows: { name: { any_: [flow] } } },
    });
    expect(data).toHaveLength(1);
    expect((await deploy(files)).writes).toEqual([]);
  });

  it('says what was done before the server went away, sends nothing more, and a second apply finishes', async () => {
    const files = Object.assign({}, ...Array.from({ length: 40 }, (_, index) => file(`away-${index}`)));
    let writes = 0;
    const cut = await on.apply(await plan(files), (request) => {
      if (isWrite(request) && (writes += 1) > 3) throw new Error('connect ECONNREFUSED');
    });
    const said = cut.integrations.map(({ deployments }) => deployments[0]?.applied?.outcome);
    expect([said.filter((outcome) => outcome === 'applied').length, said.filter((outcome) => outcome === 'failed').length]).toEqual([
      3, 37,
    ]);
    expect(reasons(cut)).toEqual(Array.from({ length: 37 }, () => expect.stringContaining('ECONNREFUSED')));
    // To an engine that takes them one by one, the rest isn't sent.
    expect(writes).toBeLessThanOrEqual(features.length > 0 ? 40 : 30);
    expect(cut.tally).toMatchObject({ create: 3, failed: 37 });
    expect((await deploy(files)).tally).toMatchObject({ create: 37, unchanged: 3, failed: 0 });
    expect((await deploy(files)).writes).toEqual([]);
  });

  it("doesn't write over a deployment that another owner has taken in the meantime", async () => {
    const planned = await plan(file('taken'));
    await deploy({ [`ints/theirs/deployments.ts`]: deploymentsText(flow, 'taken', { options: "description: 'theirs'" }) });
    const done = await on.apply(planned);
    expect(reasons(done)).toEqual([`Deployment ${flow}/taken exists, and somebody else created it since this plan was made: plan again.`]);
    expect(await on.read(`${flow}/taken`)).toMatchObject({ description: 'theirs' });
  });

  it('deletes a deployment with its waiting runs, and keeps its history', async () => {
    await deploy(file('old', "cron: '0 5 * * *'"));
    const { id } = await on.read(`${flow}/old`);
    const run = async () => (await on.client.createFlowRunFromDeployment({ path: { id }, body: {} })).data.id;
    const [ended, waiting] = [await run(), await run()];
    for (const type of ['PENDING', 'RUNNING', 'COMPLETED'] as const)
      await on.client.setFlowRunState({ path: { id: ended }, body: { state: { type } } });
    const done = await deploy(file('new', '', 'old'));
    expect(outcomes(done)).toEqual([`create ${flow}/new: applied`, `delete ${flow}/old: applied`]);
    await expect(on.read(`${flow}/old`)).rejects.toMatchObject({ code: 'not_found' });
    expect((await on.client.readFlowRun({ path: { id: ended } })).data.state_type).toBe('COMPLETED');
    await expect(on.client.readFlowRun({ path: { id: waiting } })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('keeps the old deployment if the new one could not be created', async () => {
    await deploy(file('before'));
    // No server creates a work pool of this name. The other integration is applied all the same.
    const done = await deploy({ ...file('after', "pool: 'prefect-pool'", 'before'), ...file('beside', `pool: '${flow}-pool'`) });
    expect(outcomes(done)).toEqual([`create ${flow}/after: failed`, `delete ${flow}/before: failed`, `create ${flow}/beside: applied`]);
    expect(await on.read(`${flow}/before`)).toMatchObject({ name: 'before' });
  });
});

it('a change of the code alone goes out as labels, which leave the runs alone, and only to an engine that can replace labels', async () => {
  const file = (comment: string) => ({
    'ints/labelled/deployments.ts': `${deploymentsText('labels', 'only', { options: "cron: '*/5 * * * *'" })}// ${comment}\n`,
  });
  await on.apply(await on.plan(file('one')));
  const before = await on.read('labels/only');
  const older = await on.apply(await on.plan(file('two'), []));
  expect([outcomes(older), older.writes]).toEqual([['unchanged labels/only: unchanged'], []]);
  const newer = await on.apply(await on.plan(file('two')));
  expect([outcomes(newer), newer.writes]).toEqual([['unchanged labels/only: applied'], ['POST /tributary/apply']]);
  const { labels, updated: _, ...after } = await on.read('labels/only');
  expect(labels?.['tributary.closure']).not.toBe(before.labels?.['tributary.closure']);
  expect({ ...before, ...after }).toEqual(before);
  expect((await on.apply(await on.plan(file('two')))).writes).toEqual([]);
});

it('a deployment that keeps changing is given up after three more tries, and nothing of its part is applied', async () => {
  const file = (description: string) => ({
    'ints/busy/deployments.ts': `${deploymentsText('busy', 'one', { options: `description: '${description}'` })}export const second = deployFactory({ name: 'two', flow: theFlow, description: '${description}' });\n`,
  });
  await on.apply(await on.plan(file('old')));
  const planned = await on.plan(file('new'));
  const { id } = await on.read('busy/one');
  let sent = 0;
  const done = await on.apply(planned, async ({ url }) => {
    if (url.endsWith('/tributary/apply')) await on.client.updateDeployment({ path: { id }, body: { tags: [`try-${(sent += 1)}`] } });
  });
  expect([sent, outcomes(done).toSorted()]).toEqual([4, ['update busy/one: failed', 'update busy/two: failed']]);
  expect(reasons(done)[0]).toMatch(/answered 409: .*busy\/one/);
  expect((await on.read('busy/two')).description).toBe('old');
});
