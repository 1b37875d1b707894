import { TributaryError } from '@tributary/contract/error';
import { expect, it } from 'vitest';
import { z } from 'zod';

import { isDeployment } from '../../run/deployment-definition.ts';
import type { ConcurrencyLimitOptions } from './concurrency-limit.ts';
import { deployFactory } from './deploy-factory.ts';
import { flow } from '../flow.ts';

const exportProducts = flow({ name: 'export', parameters: z.object({ limit: z.int().default(30), baseUrl: z.url() }) }, () => 1);

it('defines how a flow is deployed, and leaves options that the code does not set to the server', () => {
  const plain = deployFactory({ name: 'nightly', flow: exportProducts, cron: '0 0 * * *' });
  expect(isDeployment(plain)).toBe(true);
  expect(plain).toMatchObject({
    name: 'nightly',
    schedules: [{ slug: 'cron-1', schedule: { cron: '0 0 * * *', timezone: 'UTC' }, parameters: {} }],
    concurrencyLimit: null,
    paused: null,
    pool: null,
    queue: null,
    parameters: {},
  });
});

it('takes several crons, each with a timezone of its own or the common one', () => {
  const { schedules } = deployFactory({
    name: 'often',
    flow: exportProducts,
    cron: ['@daily', { cron: '30 6 * * 1-5 15', timezone: 'America/New_York' }],
    timezone: 'Europe/Vienna',
  });
  expect(schedules.map(({ schedule }) => schedule)).toEqual([
    { cron: '@daily', timezone: 'Europe/Vienna' },
    { cron: '30 6 * * 1-5 15', timezone: 'America/New_York' },
  ]);
});

it('takes intervals and rrules beside crons, each with parameters, a slug and whether it is active', () => {
  const { schedules } = deployFactory({
    name: 'often',
    flow: exportProducts,
    cron: '0 6 * * *',
    timezone: 'Europe/Vienna',
    schedules: [
      { interval: '15m', parameters: { limit: 5 }, slug: 'often' },
      { interval: 3600, anchor: '2026-01-01T05:30:00+01:00', active: false },
      { rrule: 'FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=18', timezone: 'America/New_York' },
      { cron: '0 7 * * *', slug: 'cron-3' },
      { cron: '0 8 * * *' },
      { interval: '1d', timezone: 'UTC' },
    ],
  });
  expect(schedules).toEqual([
    { slug: 'cron-1', schedule: { cron: '0 6 * * *', timezone: 'Europe/Vienna' }, parameters: {} },
    {
      slug: 'often',
      // Midnight in Vienna.
      schedule: { interval: 900, timezone: 'Europe/Vienna', anchor_date: '2019-12-31T23:00:00.000000Z' },
      parameters: { limit: 5 },
    },
    {
      slug: 'interval-1',
      schedule: { interval: 3600, timezone: 'Europe/Vienna', anchor_date: '2026-01-01T04:30:00.000000Z' },
      parameters: {},
      active: false,
    },
    { slug: 'rrule-1', schedule: { rrule: 'FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=18', timezone: 'America/New_York' }, parameters: {} },
    { slug: 'cron-3', schedule: { cron: '0 7 * * *', timezone: 'Europe/Vienna' }, parameters: {} },
    { slug: 'cron-2', schedule: { cron: '0 8 * * *', timezone: 'Europe/Vienna' }, parameters: {} },
    { slug: 'interval-2', schedule: { interval: 86_400, timezone: 'UTC', anchor_date: '2020-01-01T00:00:00.000000Z' }, parameters: {} },
  ]);
});

it.each([
  ['FREQ=WEEKLY;BYDAY=MO,TU'],
  ['RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1;UNTIL=20300101T000000'],
  ['DTSTART:20260101T060000\nRRULE:FREQ=DAILY;INTERVAL=2;COUNT=5\nEXDATE:20260105T060000'],
  ['DTSTART;TZID=Europe/Vienna:20260101T060000\nRRULE:FREQ=DAILY'],
  ['RDATE:20260101T060000,20260301T060000'],
])('takes the rrule %j', (rrule) => {
  expect(deployFactory({ name: 'd', flow: exportProducts, schedules: [{ rrule }] }).schedules).toHaveLength(1);
});

it.each([
  [{ cron: '0 0 * *' }, /export\/nightly.*"0 0 \* \*": a cron has five to seven fields/],
  // A cron with six fields has the seconds in its last field, as on any server. So 30 stands for the hour.
  [{ cron: '0 30 6 * * 1-5' }, /export\/nightly.*"0 30 6 \* \* 1-5": "30" isn't an hour/],
  [{ cron: '0 0 31 2 *' }, /export\/nightly.*it never fires/],
  [{ cron: '0 0 * * *', timezone: 'Europe/Wien' }, /export\/nightly has an invalid timezone "Europe\/Wien"/],
  [{ timezone: 'Europe/Viena' }, /Did you mean "Europe\/Vienna"\?/],
  [{ schedules: [{ interval: 0 }] }, /export\/nightly.*the interval of a schedule is 0\. Give a duration above 0/],
  [{ schedules: [{ interval: '15 min' as '15m' }] }, /interval of deployment export\/nightly is "15 min", which isn't a duration/],
  [{ schedules: [{ interval: '1h' as const, anchor: 'monday' }] }, /export\/nightly.*the anchor of a schedule is "monday"/],
  [{ schedules: [{ interval: '1h' as const, timezone: 'Mars' }] }, /export\/nightly has an invalid timezone "Mars"/],
  [{ schedules: [{ rrule: 'every friday' }] }, /export\/nightly has an invalid rrule "every friday": "EVERY" isn't a part of a rule/],
  [{ schedules: [{ cron: '0 0 * * *', rrule: 'FREQ=DAILY' } as never] }, /has cron and rrule/],
  [{ schedules: [{} as never] }, /has no rule/],
  [
    {
      schedules: [
        { cron: '0 0 * * *', slug: 'a' },
        { interval: 60, slug: 'a' },
      ],
    },
    /export\/nightly.*two schedules have the slug "a"/,
  ],
  [{ schedules: [{ cron: '0 0 * * *', slug: '' }] }, /empty slug/],
])('refuses the schedule %j at once', (options, message) => {
  expect(() => deployFactory({ name: 'nightly', flow: exportProducts, ...options })).toThrow(message);
  expect(() => deployFactory({ name: 'nightly', flow: exportProducts, ...options })).toThrow(TributaryError);
});

it('parameters that the flow would refuse are refused at once; parameters may be missing', () => {
  const deploy = (parameters: object): unknown => deployFactory({ name: 'd', flow: exportProducts, parameters: parameters });
  expect(deploy({ limit: 5 })).toMatchObject({ parameters: { limit: 5 } });
  expect(() => deploy({ limit: 'five' })).toThrow(/export\/d sets invalid parameters: limit: .*expected number/);
  expect(() => deploy({ limt: 5 })).toThrow('sets the parameter "limt", which flow "export" doesn\'t take. Did you mean "limit"?');
  const deep = flow({ name: 'deep', parameters: z.object({ page: z.object({ size: z.int(), url: z.url() }) }) }, () => 1);
  const page: object = { sise: 5 };
  expect(() => deployFactory({ name: 'd', flow: deep, parameters: { page } as object })).toThrow(
    'sets the parameter "page.sise", which flow "deep" doesn\'t take. Did you mean "page.size"?',
  );
  const free = flow({ name: 'free' }, () => 1);
  expect(() => deployFactory({ name: 'd', flow: free, parameters: { a: 1 } as object })).toThrow('"a", which flow "free" doesn\'t take');
});

it('a schedule is refused when it sets parameters that its flow would refuse', () => {
  const deploy = (parameters: object): unknown =>
    deployFactory({ name: 'd', flow: exportProducts, schedules: [{ cron: '0 0 * * *', slug: 'daily', parameters }] });
  expect(() => deploy({ limit: 'five' })).toThrow(/^Schedule "daily" of deployment export\/d sets invalid parameters: limit:/);
  expect(() => deploy({ limt: 5 })).toThrow('Did you mean "limit"?');
});

it('a concurrency limit may say what happens to a further run', () => {
  const limited = (concurrencyLimit: number | ConcurrencyLimitOptions) =>
    deployFactory({ name: 'd', flow: exportProducts, concurrencyLimit }).concurrencyLimit;
  expect(limited(2)).toEqual({ limit: 2, collisionStrategy: null, gracePeriod: null });
  expect(limited({ limit: 1, collisionStrategy: 'CANCEL_NEW', gracePeriod: '5m' })).toEqual({
    limit: 1,
    collisionStrategy: 'CANCEL_NEW',
    gracePeriod: 300,
  });
  expect(() => limited({ limit: 0 })).toThrow('concurrencyLimit of deployment export/d is 0');
  expect(() => limited({ limit: 1, collisionStrategy: 'WAIT' as 'ENQUEUE' })).toThrow('collisionStrategy of deployment export/d is WAIT');
  expect(() => limited({ limit: 1, gracePeriod: '30s' })).toThrow('gracePeriod of deployment export/d is 30s: give whole seconds');
});

it('invalid names, limits and queues are refused, with the deployment', () => {
  expect(() => deployFactory({ name: 'a/b', flow: exportProducts })).toThrow('A deployment\'s name is "a/b"');
  expect(() => deployFactory({ name: 'd', flow: exportProducts, concurrencyLimit: 0 })).toThrow(
    'concurrencyLimit of deployment export/d is 0',
  );
  expect(() => deployFactory({ name: 'd', flow: exportProducts, queue: ' ' })).toThrow('queue of deployment export/d is empty');
  expect(() => deployFactory({ name: 'd', flow: exportProducts, jobVariables: { at: new Date(0) } })).toThrow('jobVariables.at: a Date');
  const noFlow: unknown = () => 1;
  expect(() => deployFactory({ name: 'd', flow: noFlow as typeof exportProducts })).toThrow("isn't a flow");
});

it.each([
  ['parameters', { parameters: { ids: [1, 2, 3, 2 ** 60] } }, 'Deployment load/nightly', 'parameters.ids[3] is 1152921504606847000'],
  ['a negative one', { parameters: { ids: [-(10 ** 17)] } }, 'Deployment load/nightly', 'parameters.ids[0] is -100000000000000000'],
  [
    'a bigint',
    { parameters: { any: { id: 356686000032329832n } } },
    'Deployment load/nightly',
    'parameters.any.id is the bigint 356686000032329832',
  ],
  ['job variables', { jobVariables: { env: { ID: 2 ** 53 } } }, 'Deployment load/nightly', 'jobVariables.env.ID is 9007199254740992'],
  [
    "a schedule's parameters",
    { schedules: [{ interval: '1h', slug: 'hourly', parameters: { ids: [2 ** 64] } }] },
    'Schedule "hourly" of deployment load/nightly',
    'parameters.ids[0] is 18446744073709552000',
  ],
] as const)('%s: an integer that JavaScript may have rounded is refused, with what to write instead', (_what, options, owner, reason) => {
  const load = flow({ name: 'load', parameters: z.object({ ids: z.array(z.int()).default([]), any: z.unknown() }) }, () => 1);
  expect(() => deployFactory({ name: 'nightly', flow: load, ...options } as never)).toThrow(
    expect.objectContaining({ code: 'invalid_parameters', message: expect.stringContaining(`${owner} can't be sent: ${reason}`) }),
  );
  expect(() => deployFactory({ name: 'nightly', flow: load, ...options } as never)).toThrow(/write it as a text, .* and use z\.string\(\)/);
});

it('numbers that JavaScript does not round are taken', () => {
  const load = flow({ name: 'load', parameters: z.object({ a: z.number(), b: z.int(), c: z.string() }) }, () => 1);
  const parameters = { a: 1e22, b: Number.MAX_SAFE_INTEGER, c: '356686000032329832' };
  expect(deployFactory({ name: 'nightly', flow: load, parameters }).parameters).toEqual(parameters);
});

it('takes files that count as code', () => {
  const inputs = ['../shared/sql/**', 'plugins/*.ts', '../../docs/terms.md'];
  expect(deployFactory({ name: 'd', flow: exportProducts, inputs }).inputs).toEqual(inputs);
  expect(deployFactory({ name: 'd', flow: exportProducts }).inputs).toEqual([]);
});

it.each([
  ['/etc/hosts', "isn't relative"],
  ['C:/data/*.sql', "isn't relative"],
  ['../../../other/**', 'is outside of the workspace'],
  ['sql/../../../../x.sql', 'is outside of the workspace'],
  [String.raw`..\shared\*.sql`, 'has a backslash'],
  ['', "isn't the path of a file"],
])('refuses the input %j', (input, reason) => {
  expect(() => deployFactory({ name: 'd', flow: exportProducts, inputs: [input] })).toThrow(
    `The inputs of deployment export/d name ${JSON.stringify(input)}, which ${reason}`,
  );
});

const deep = flow(
  { name: 'deep', parameters: z.object({ page: z.object({ size: z.int(), more: z.record(z.string(), z.int()) }) }) },
  () => 1,
);

it('takes fields that people may change, and the protection from deletion; neither is set by default', () => {
  const keepLive = [
    'parameters.page.size',
    'parameters.page.more.eu',
    'job_variables.env.REGION',
    'description',
    'schedule cron-1',
  ] as const;
  expect(deployFactory({ name: 'd', flow: deep, cron: '@daily', keepLive, protect: true })).toMatchObject({ keepLive, protect: true });
  expect(deployFactory({ name: 'd', flow: deep })).toMatchObject({ keepLive: [], protect: false });
});

it.each([
  ['parameters.pge', 'which flow "deep" doesn\'t take. Did you mean "parameters.page"?'],
  ['parameters.page.sise', 'which flow "deep" doesn\'t take. Did you mean "parameters.page.size"?'],
  ['parameter', 'Did you mean "parameters"?'],
  ['jobVariables.env', 'Did you mean "job_variables"?'],
  ['queue', 'Did you mean "work_queue_name"?'],
  ['entrypoint', "which isn't a field that can be kept. Known fields: description, version,"],
  ['schedule cron-2', 'which the deployment lacks. Did you mean "schedule cron-1"?'],
  ['paused', 'which a deploy keeps anyway. Leave it out.'],
  ['schedule cron-1 active', 'which a deploy keeps anyway. Leave it out.'],
  ['parameters.', "which isn't a field that can be kept"],
  [5, "which isn't the name of a field"],
])('refuses to keep %j', (field, reason) => {
  const refused = () => deployFactory({ name: 'd', flow: deep, cron: '@daily', keepLive: [field] } as never);
  expect(refused).toThrow(`The keepLive of deployment deep/d names ${JSON.stringify(field)}, `);
  expect(refused).toThrow(reason);
});

it("refuses a keepLive that isn't a list or is too long, parameters of a flow without any, and a protection that isn't a boolean", () => {
  const refused = (options: object) => () => deployFactory({ name: 'd', flow: deep, ...options } as never);
  expect(refused({ keepLive: 'description' })).toThrow("keepLive of deployment deep/d isn't a list");
  expect(refused({ keepLive: Array.from({ length: 41 }, (_, index) => `job_variables.${index}`) })).toThrow('names 41 fields');
  expect(() => deployFactory({ name: 'd', flow: flow({ name: 'free' }, () => 1), keepLive: ['parameters.x'] } as never)).toThrow(
    'which flow "free" doesn\'t take. Leave it out.',
  );
  expect(refused({ protect: 'yes' })).toThrow('The protect of deployment deep/d is "yes": give true or false.');
});
