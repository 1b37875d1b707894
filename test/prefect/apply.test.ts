import type { Deployment } from '@tributary/contract/nouns/deployment';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { installOn, type Installation } from '../support/installation.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';
import type { Ended } from '../support/process.ts';
import { type Asked, type Proxy, startProxy } from '../support/proxy.ts';

/** A deployments.ts with one flow of the integration's name. @param deployments options of deployFactory by name, as source text */
function source(flow: string, deployments: Readonly<Record<string, string>>): string {
  return [
    "import { deployFactory, flow } from '@tributary/flow';",
    `export const theFlow = flow({ name: '${flow}' }, async () => 1);`,
    ...Object.entries(deployments).map(
      ([name, options], index) => `export const d${index} = deployFactory({ name: '${name}', flow: theFlow, ${options} });`,
    ),
    '',
  ].join('\n');
}

const isUpsert = ({ method, path }: Asked): boolean => method === 'POST' && path === '/deployments/';
const isWrite = ({ method, path }: Asked): boolean => method !== 'GET' && !/\/(filter|count|paginate)$/.test(path);

describe('a deploy to a real Prefect server', () => {
  let prefect: Prefect;
  let proxy: Proxy;
  let on: Installation;

  beforeAll(async () => {
    prefect = await startPrefect();
    proxy = await startProxy(prefect.url);
    on = await installOn({ TRIBUTARY_API_URL: proxy.url }, {});
  });
  afterEach(() => {
    proxy.fault = () => undefined;
  });
  afterAll(async () => {
    await on?.close();
    await proxy?.close();
    await prefect?.stop();
  });

  const write = (integration: string, deployments: Readonly<Record<string, string>>) =>
    on.workspace.write(`ints/${integration}/deployments.ts`, source(integration, deployments));
  const many = (count: number, options: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`d${String(index).padStart(2, '0')}`, options]));
  const deploy = (integration: string): Promise<Ended> => on.command(['deploy', integration]).ended;
  const read = async (flow: string, deployment: string) => (await on.client.readDeploymentByName({ path: { flow, deployment } })).data;
  const all = async (flow: string): Promise<Deployment[]> =>
    (await on.client.filterDeployments({ body: { flows: { name: { any_: [flow] } } } })).data;
  const runsOf = async ({ id }: Deployment) =>
    (await on.client.filterFlowRuns({ body: { flow_runs: { deployment_id: { any_: [id] } } } })).data;
  /** Waits until Prefect's scheduler has created runs. @returns their ids */
  const scheduledRuns = async (deployment: Deployment): Promise<string[]> => {
    const runs = await eventually(
      () => runsOf(deployment),
      ({ length }) => length > 0,
      30,
    );
    return runs.map(({ id }) => id);
  };
  /** true if a deploy finds no change and sends no write */
  const isUnchanged = async (integration: string, count: number): Promise<boolean> => {
    const before = proxy.requests.length;
    const { code, stdout } = await deploy(integration);
    const writes = proxy.requests.slice(before).filter(isWrite);
    return code === 0 && writes.length === 0 && stdout.includes(`${count} unchanged`);
  };

  it('that was killed in the middle is finished by the next one, which waits until the lease has lapsed', async () => {
    write('killed', many(12, "cron: '0 5 * * *'"));
    let upserts = 0;
    const stuck = Promise.withResolvers<void>();
    proxy.fault = (asked) => {
      if (!isUpsert(asked) || (upserts += 1) <= 5) return undefined;
      // Two are sent at once. If both are stuck, none is on its way to the server.
      if (upserts > 6) stuck.resolve();
      return 'silence';
    };
    const killed = on.command(['deploy', 'killed']);
    await stuck.promise;
    killed.kill('SIGKILL');
    await killed.ended;
    proxy.fault = () => undefined;
    const written = await all('killed');
    expect(written.length).toBeGreaterThan(0);
    expect(written.length).toBeLessThan(12);

    const second = await deploy('killed');
    expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/Waiting until another deploy of workspace \S+ has ended …/) });
    // The server may still have written what was on its way when the deploy was killed.
    const [, created, unchanged] = /(\d+) created, 0 updated, (\d+) unchanged/.exec(second.stdout) ?? [];
    expect(Number(unchanged)).toBeGreaterThanOrEqual(written.length);
    expect(Number(created) + Number(unchanged)).toBe(12);
    const finished = await all('killed');
    expect(finished.map(({ name }) => name).toSorted()).toEqual(Object.keys(many(12, '')));
    for (const { name, id } of written) expect(finished.find((one) => one.name === name)?.id).toBe(id);
    expect(await isUnchanged('killed', 12)).toBe(true);
  });

  it('waits for another one of its workspace, and then finds nothing left to do', async () => {
    write('twice', many(4, "cron: '*/5 * * * *'"));
    let asked = 0;
    const both = Promise.withResolvers<undefined>();
    proxy.fault = (request) => {
      if (request.path.endsWith('/increment-with-lease') && (asked += 1) > 1) both.resolve(undefined);
      return isUpsert(request) ? both.promise : undefined;
    };
    const ended = await Promise.all([deploy('twice'), deploy('twice')]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    const said = ended.map(({ stdout }) => stdout).toSorted((one) => (one.includes('Waiting until another deploy') ? 1 : -1));
    expect(said[0]).not.toContain('Waiting until');
    expect(said[0]).toContain('4 created, 0 updated, 0 unchanged');
    expect(said[1]).toContain('0 created, 0 updated, 4 unchanged');
    expect(await all('twice')).toHaveLength(4);
  });

  it('keeps what a person pauses between the plan and the apply', async () => {
    write('paused', { nightly: "cron: '0 5 * * *'" });
    await deploy('paused');
    const { id, schedules } = await read('paused', 'nightly');
    write('paused', { nightly: "cron: '0 5 * * *', description: 'new'" });
    // The lease is taken when the plan is made, and before anything is written.
    proxy.fault = async ({ path }) => {
      if (!path.endsWith('/increment-with-lease')) return undefined;
      await on.client.pauseDeployment({ path: { id } });
      await on.client.updateSchedule({ path: { id, schedule: schedules[0]?.id ?? '' }, body: { active: false } });
      return undefined;
    };
    const { code, stdout } = await deploy('paused');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/~ update paused\/nightly[^]*paused/)]);
    expect(await read('paused', 'nightly')).toMatchObject({ id, description: 'new', paused: true, schedules: [{ active: false }] });
  });

  it('says what was done before the server went away, and the next one finishes', async () => {
    write('away', many(8, ''));
    let upserts = 0;
    proxy.fault = (asked) => {
      if (isUpsert(asked)) upserts += 1;
      if (upserts <= 3) return undefined;
      // The server is back when the deploy gives its turn back.
      if (asked.path.endsWith('/decrement-with-lease')) proxy.fault = () => undefined;
      return 'reset';
    };
    const cut = await deploy('away');
    const written = (await all('away')).length;
    expect([cut.code, cut.stdout.match(/! failed away\/d\d+: .*got no answer/g)?.length]).toEqual([1, 8 - written]);
    expect(cut.stdout).toContain(`${written} created, 0 updated, 0 unchanged`);
    // Two requests were on their way. The others weren't sent.
    expect(cut.stdout.match(/! failed away\/d\d+: not sent, because POST /g)?.length).toBe(8 - written - 2);
    const second = await deploy('away');
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining(`${8 - written} created, 0 updated, ${written} unchanged`) });
  });

  it('leaves scheduled and late runs alone if nothing has changed', async () => {
    write('late', { often: "cron: '*/5 * * * *'" });
    await deploy('late');
    const deployment = await read('late', 'often');
    const scheduled = await scheduledRuns(deployment);
    const { data: late } = await on.client.createFlowRunFromDeployment({
      path: { id: deployment.id },
      body: { state: { type: 'SCHEDULED', name: 'Late', state_details: { scheduled_time: '2026-01-01T00:00:00.000000Z' } } },
    });
    expect(await isUnchanged('late', 1)).toBe(true);
    expect(await read('late', 'often')).toEqual(deployment);
    const left = (await runsOf(deployment)).map(({ id }) => id);
    expect(left).toEqual(expect.arrayContaining([...scheduled, late.id]));
  });

  it('deletes what the code no longer declares: waiting runs go, and history stays (9623)', async () => {
    write('removed', { stays: '', goes: "cron: '*/5 * * * *'" });
    await deploy('removed');
    const goes = await read('removed', 'goes');
    await scheduledRuns(goes);
    const { data: ended } = await on.client.createFlowRunFromDeployment({ path: { id: goes.id }, body: {} });
    for (const type of ['PENDING', 'RUNNING', 'COMPLETED'] as const)
      await on.client.setFlowRunState({ path: { id: ended.id }, body: { state: { type } } });
    write('removed', { stays: '' });
    const { code, stdout } = await deploy('removed');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/- delete removed\/goes/)]);
    expect((await all('removed')).map(({ name }) => name)).toEqual(['stays']);
    const { data: left } = await on.client.filterFlowRuns({ body: { flows: { name: { any_: ['removed'] } } } });
    expect(left.map(({ id, state_type }) => [id, state_type])).toEqual([[ended.id, 'COMPLETED']]);
    expect(await isUnchanged('removed', 1)).toBe(true);
  });

  it('keeps what people added and paused, although it changes another field', async () => {
    const options = "cron: '0 5 * * *', tags: ['code']";
    write('kept', { nightly: options });
    await deploy('kept');
    const { id, schedules } = await read('kept', 'nightly');
    await on.client.updateDeployment({ path: { id }, body: { paused: true, concurrency_limit: 2, tags: ['code', 'urgent'] } });
    await on.client.updateSchedule({ path: { id, schedule: schedules[0]?.id ?? '' }, body: { active: false } });
    await on.client.createSchedules({ path: { id }, body: [{ slug: 'extra', schedule: { interval: 3600 }, parameters: {} }] });

    write('kept', { nightly: `${options}, description: 'new'` });
    const { code, stdout } = await deploy('kept');
    expect([code, stdout]).toEqual([0, expect.stringContaining('    description: (none) → new\n')]);
    const after = await read('kept', 'nightly');
    expect(after).toMatchObject({ id, description: 'new', paused: true, global_concurrency_limit: { limit: 2 } });
    expect(after.tags.toSorted()).toEqual(['code', 'urgent']);
    expect(after.schedules.map(({ slug, active }) => [slug, active]).toSorted()).toEqual([
      ['cron-1', false],
      ['extra', true],
    ]);
    expect(await isUnchanged('kept', 1)).toBe(true);
  });
});
