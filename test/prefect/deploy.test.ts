import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { installOnPrefect, type Installation } from '../support/prefect/installation.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';
import { type Ended, nx } from '../support/process.ts';
import { type Asked, type Proxy, startProxy } from '../support/proxy.ts';

const file = (options: string) => `
import { deployFactory, flow } from '@tributary/flow';
import { z } from 'zod';
export const theFlow = flow({ name: 'load', parameters: z.object({ limit: z.int().default(10), day: z.iso.date().optional() }) }, async ({ limit }) => limit);
export const theDeployment = deployFactory({ name: 'nightly', flow: theFlow, ${options} });
`;

/** Lists the requests that change something. Filters and counts are POST requests, but they only read. */
const writesOf = (requests: readonly Asked[]): string[] =>
  requests
    .filter(({ method, path }) => method !== 'GET' && !/\/(filter|count|paginate)$/.test(path))
    .map(({ method, path }) => `${method} ${path}`);

describe('nx plan and deploy on a real Prefect server', () => {
  let prefect: Prefect;
  let on: Installation;
  let proxy: Proxy;
  const answered: Asked[] = [];

  beforeAll(async () => {
    prefect = await startPrefect();
    on = await installOnPrefect(prefect, {});
    proxy = await startProxy(prefect.url);
    proxy.edit = (answer, asked) => {
      // A request with the answer 503 doesn't count: the database was locked and nothing was written, so the client repeats the request.
      if (answer.status !== 503) answered.push(asked);
      return answer;
    };
  });
  afterAll(async () => {
    await proxy?.close();
    await on?.close();
    await prefect?.stop();
  });

  /** `sent`: the writes without those of the deploy's turn, which other deploys wait for */
  type Outcome = Ended & { readonly writes: string[]; readonly sent: string[] };
  const run = (...args: string[]): Promise<Outcome> => runWith({ TRIBUTARY_API_URL: proxy.url }, ...args);
  const runWith = async (env: Readonly<Record<string, string>>, ...args: string[]): Promise<Outcome> => {
    const before = answered.length;
    const ended = await nx(args, { cwd: on.workspace.root, env }).ended;
    const writes = writesOf(answered.slice(before));
    return { ...ended, writes, sent: writes.filter((write) => !write.includes('/concurrency_limits/')) };
  };
  const write = (integration: string, options: string) => on.workspace.write(`ints/${integration}/deployments.ts`, file(options));
  const read = async (flow: string, deployment: string) => (await on.client.readDeploymentByName({ path: { flow, deployment } })).data;
  /** true if a deploy finds no change and sends no write */
  const unchanged = async (integration: string): Promise<boolean> => {
    const { code, stdout, writes } = await run('run', `ints-${integration}:deploy`);
    return code === 0 && writes.length === 0 && stdout.includes('0 created, 0 updated, 1 unchanged.');
  };
  const scheduledRuns = async (deployment_id: FlowRun['deployment_id']): Promise<string[]> => {
    for (const until = Date.now() + 30_000; ; await sleep(500)) {
      const { data } = await on.client.filterFlowRuns({
        body: { flow_runs: { deployment_id: { any_: deployment_id ? [deployment_id] : [] } } },
      });
      if (data.length > 0 || Date.now() > until) return data.map(({ id }) => id).toSorted();
    }
  };

  it('creates new deployments, finds no change the second time, and leaves the scheduled runs alone', async () => {
    write(
      'shop',
      "cron: '*/5 * * * *', timezone: 'Europe/Vienna', tags: ['b', 'a'], parameters: { limit: 3 }, queue: 'slow', pool: 'heavy'",
    );
    const planned = await run('run', 'ints-shop:plan');
    expect(planned).toMatchObject({ code: 0, writes: [] });
    expect(planned.stdout).toMatch(new RegExp(`Planning against ${proxy.url} \\(a Prefect server\\)[^]*\\+ create load/nightly \\(cron`));

    const first = await run('run', 'ints-shop:deploy');
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('1 created, 0 updated, 0 unchanged.') });
    expect(first.sent.toSorted()).toEqual(['POST /deployments/', 'POST /flows/', 'POST /work_pools/']);
    const deployment = await read('load', 'nightly');
    expect(deployment).toMatchObject({
      work_pool_name: 'heavy',
      work_queue_name: 'slow',
      tags: ['b', 'a'],
      labels: { 'tributary.project': 'ints-shop' },
      parameter_openapi_schema: { properties: { limit: { default: 10 }, day: { format: 'date' } } },
    });
    const runs = await scheduledRuns(deployment.id);
    expect(runs.length).toBeGreaterThan(0);

    const second = await run('run', 'ints-shop:deploy');
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('0 created, 0 updated, 1 unchanged.'), writes: [] });
    expect(await read('load', 'nightly')).toEqual(deployment);
    expect(await scheduledRuns(deployment.id)).toEqual(expect.arrayContaining(runs));
  });

  it('sends a change in one request, and names the field', async () => {
    write(
      'shop',
      "cron: '*/5 * * * *', timezone: 'Europe/Vienna', tags: ['b', 'a'], parameters: { limit: 4 }, queue: 'slow', pool: 'heavy'",
    );
    const before = await read('load', 'nightly');
    const updated = await run('run', 'ints-shop:deploy');
    expect(updated).toMatchObject({ code: 0, sent: ['POST /deployments/'] });
    expect(updated.stdout).toContain('~ update load/nightly (code changed)\n    parameters.limit: 3 → 4\n');
    const after = await read('load', 'nightly');
    expect(after).toMatchObject({
      id: before.id,
      parameters: { limit: 4 },
      labels: { ...before.labels, 'tributary.closure': expect.any(String), 'tributary.applied': expect.any(String) },
      tags: before.tags,
    });
    expect(await unchanged('shop')).toBe(true);

    on.workspace.write(
      'ints/shop/deployments.ts',
      file("tags: ['a'], description: 'All', version: '2'").replace('z.int()', 'z.int().min(1)'),
    );
    const more = await run('run', 'ints-shop:deploy');
    expect(more.sent.toSorted()).toEqual(['POST /deployments/', 'POST /flows/', 'POST /work_pools/']);
    for (const line of [
      'description: (none) → All',
      'version: (none) → 2',
      'work_pool_name: heavy → tributary',
      'work_queue_name: slow → default',
      'parameters.limit: 4 → (none)',
      'parameter limit: integer, default 10 → integer, at least 1, default 10',
      'tags.b: b → (none)',
      'schedule cron-1: */5 * * * * Europe/Vienna → (none)',
    ])
      expect(more.stdout).toContain(`    ${line}\n`);
    expect(await unchanged('shop')).toBe(true);
  });

  it('keeps schedules that a person has paused, and the labels of other programs', async () => {
    write('held', "name: 'held', cron: ['0 0 * * *', '0 6 * * *']");
    await run('run', 'ints-held:deploy');
    const { id, flow_id, name, schedules, ...rest } = await read('load', 'held');
    const [first] = schedules;
    const paused = await prefect.command(['deployment', 'schedule', 'pause', 'load/held', first?.id ?? '']).ended;
    expect(paused).toMatchObject({ code: 0 });
    expect((await read('load', 'held')).schedules.filter(({ active }) => !active)).toMatchObject([{ slug: first?.slug }]);
    const planned = await run('run', 'ints-held:plan');
    expect(planned.stdout).toMatch(/= unchanged load\/held\n {4}kept: schedule \S+ paused \(code: none\)\n/);

    write('held', "name: 'held', cron: ['0 0 * * *', '0 6 * * *'], description: 'New'");
    await run('run', 'ints-held:deploy');
    expect((await read('load', 'held')).schedules.filter(({ active }) => !active)).toMatchObject([{ slug: first?.slug }]);

    await on.client.pauseDeployment({ path: { id } });
    // Another program updates the deployment, and adds its own label.
    await on.client.createDeployment({ body: { name, flow_id, labels: { ...rest.labels, team: 'sales' }, schedules: [] } });
    const after = await run('run', 'ints-held:deploy');
    expect(after.stdout).toMatch(/~ update load\/held \(code changed\)\n[^~=]* {4}kept: paused \(code: none\)\n/);
    expect(await read('load', 'held')).toMatchObject({ paused: true, labels: { team: 'sales', 'tributary.project': 'ints-held' } });
  });

  it('writes and reads concurrency limits', async () => {
    const steps = [
      ['concurrencyLimit: 2', '+ create load/limited', 2, null],
      ['concurrencyLimit: 3', '    concurrency_limit: 2 → 3', 3, null],
      [
        "concurrencyLimit: { limit: 3, collisionStrategy: 'CANCEL_NEW' }",
        '    concurrency_options: (none) → {"collision_strategy":"CANCEL_NEW"}',
        3,
        'CANCEL_NEW',
      ],
      [
        "concurrencyLimit: { limit: 3, collisionStrategy: 'CANCEL_NEW', gracePeriod: '2m' }",
        '    concurrency_options.grace_period_seconds: (none) → 120',
        3,
        'CANCEL_NEW',
      ],
      ['concurrencyLimit: 3', '    concurrency_options.collision_strategy: "CANCEL_NEW" → "ENQUEUE"', 3, null],
      ['', '    concurrency_limit: 3 → (none)', null, null],
    ] as const;
    for (const [options, line, limit, strategy] of steps) {
      write('limited', `name: 'limited', ${options}`);
      const { stdout } = await run('run', 'ints-limited:deploy');
      expect(stdout).toContain(line);
      const { global_concurrency_limit, concurrency_options } = await read('load', 'limited');
      expect([global_concurrency_limit?.limit ?? null, concurrency_options?.collision_strategy ?? null]).toEqual([limit, strategy]);
      expect([options, await unchanged('limited')]).toEqual([options, true]);
    }
  });

  it('ignores what the server adds to intervals and rrules, and keeps the times of an interval', async () => {
    const schedules = [
      "{ interval: '15m' }",
      "{ interval: '1d', anchor: '2026-01-01T05:00:00+02:00', timezone: 'Europe/Vienna', slug: 'daily' }",
      "{ rrule: 'FREQ=WEEKLY;BYDAY=MO' }",
      "{ rrule: 'RRULE:FREQ=MINUTELY;INTERVAL=7', timezone: 'Europe/Vienna' }",
      "{ rrule: 'DTSTART:20260101T050000\\nRRULE:FREQ=DAILY;COUNT=5' }",
      "{ cron: '0 5 * * *', parameters: { limit: 7 } }",
    ];
    write('timed', `name: 'timed', schedules: [${schedules.join(', ')}]`);
    const created = await run('run', 'ints-timed:deploy');
    expect(created).toMatchObject({ code: 0 });
    const live = new Map((await read('load', 'timed')).schedules.map((schedule) => [schedule.slug, schedule]));
    expect(live.get('daily')?.schedule).toEqual({
      interval: 86_400,
      anchor_date: '2026-01-01T03:00:00.000000Z',
      timezone: 'Europe/Vienna',
    });
    expect(live.get('cron-1')).toMatchObject({ parameters: { limit: 7 } });
    expect(await unchanged('timed')).toBe(true);
    const anchorOf = async () =>
      (await read('load', 'timed')).schedules.flatMap(({ schedule }) =>
        'interval' in schedule && schedule.interval === 900 ? [schedule.anchor_date] : [],
      );
    const [anchor] = await anchorOf();
    expect(anchor).toBeTruthy();

    schedules[2] = "{ rrule: 'FREQ=WEEKLY;BYDAY=TU' }";
    write('timed', `name: 'timed', schedules: [${schedules.join(', ')}]`);
    const updated = await run('run', 'ints-timed:deploy');
    expect(updated.stdout).toMatch(
      /~ update load\/timed \(code changed\)\n {4}schedule \S+: FREQ=WEEKLY;BYDAY=MO → FREQ=WEEKLY;BYDAY=TU\n/,
    );
    expect(await anchorOf()).toEqual([anchor]);
    expect(await unchanged('timed')).toBe(true);
  });

  it('changes the server in PREFECT_API_URL only with --engine prefect', async () => {
    write('theirs', "name: 'theirs'");
    const env = { PREFECT_API_URL: proxy.url };
    const planned = await runWith(env, 'run', 'ints-theirs:plan');
    expect(planned).toMatchObject({ code: 0, writes: [], stdout: expect.stringContaining('+ create load/theirs') });
    expect(planned.stdout).toContain(`Reading from ${proxy.url}, which PREFECT_API_URL names.`);
    const refused = await runWith(env, 'run', 'ints-theirs:deploy');
    expect(refused).toMatchObject({ code: 1, writes: [], stdout: expect.stringContaining('add --engine prefect') });
    const meant = await runWith(env, 'run', 'ints-theirs:deploy', '--engine', 'prefect');
    expect(meant).toMatchObject({ code: 0, stdout: expect.stringContaining('1 created') });
  });

  it('deploys a hundred in seconds, and finds no change in less time', async () => {
    const many = Array.from(
      { length: 100 },
      (_, index) =>
        `export const d${index} = deployFactory({ name: 'many-${index}', flow: theFlow, cron: '0 0 * * *', concurrencyLimit: 1 });`,
    );
    on.workspace.write('ints/many/deployments.ts', `${file("name: 'many'").replace(/export const theDeployment.*/, '')}${many.join('\n')}`);
    const from = performance.now();
    const first = await run('run', 'ints-many:deploy');
    const between = performance.now();
    const second = await run('run', 'ints-many:deploy');
    const seconds = [(between - from) / 1000, (performance.now() - between) / 1000] as const;
    console.log(`100 deployments: created in ${seconds[0].toFixed(1)} s, found unchanged in ${seconds[1].toFixed(1)} s`);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('100 created') });
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('100 unchanged'), writes: [] });
    // Prefect's own first deploy takes 25 s. The limit leaves time for a busy machine.
    expect(seconds[0]).toBeLessThan(180);
  });
});
