import { TributaryError } from '@tributary/contract/error';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { isDeployment } from './definition.ts';
import { deployFactory } from './deploy-factory.ts';
import { flow } from './flow.ts';

const exportProducts = flow({ name: 'export', parameters: z.object({ limit: z.int().default(30), baseUrl: z.url() }) }, () => 1);

test('says how a flow is deployed, and leaves to the engine what is not said', () => {
  const plain = deployFactory({ name: 'nightly', flow: exportProducts, cron: '0 0 * * *' });
  expect(isDeployment(plain)).toBe(true);
  expect(plain).toMatchObject({
    name: 'nightly',
    schedules: [{ cron: '0 0 * * *', timezone: null }],
    paused: null,
    pool: null,
    queue: null,
    parameters: {},
  });
});

test('several crons, each with a timezone of its own or the common one', () => {
  const { schedules } = deployFactory({
    name: 'often',
    flow: exportProducts,
    cron: ['@daily', { cron: '0 30 6 * * 1-5', timezone: 'America/New_York' }],
    timezone: 'Europe/Vienna',
  });
  expect(schedules).toEqual([
    { cron: '@daily', timezone: 'Europe/Vienna' },
    { cron: '0 30 6 * * 1-5', timezone: 'America/New_York' },
  ]);
});

test.each([
  [{ cron: '0 0 * *' }, /export\/nightly.*"0 0 \* \*" has not five fields/],
  [{ cron: '61 0 * * *' }, /export\/nightly.*"61 0 \* \* \*" can't be read/],
  [{ cron: '0 0 31 2 *' }, /export\/nightly.*never fires/],
  [{ cron: '2030-01-01T00:00:00' }, /has not five fields/],
  [{ cron: '@reboot' }, /has not five fields/],
  [{ cron: '0 0 * * *', timezone: 'Europe/Wien' }, /export\/nightly.*timezone "Europe\/Wien" is not known/],
  [{ timezone: 'Europe/Viena' }, /Did you mean "Europe\/Vienna"\?/],
])('refuses the schedule %j at once', (options, message) => {
  expect(() => deployFactory({ name: 'nightly', flow: exportProducts, ...options })).toThrow(message);
  expect(() => deployFactory({ name: 'nightly', flow: exportProducts, ...options })).toThrow(TributaryError);
});

test('parameters that the flow would refuse are refused at once, missing ones come with a run', () => {
  const deploy = (parameters: object): unknown => deployFactory({ name: 'd', flow: exportProducts, parameters: parameters });
  expect(deploy({ limit: 5 })).toMatchObject({ parameters: { limit: 5 } });
  expect(() => deploy({ limit: 'five' })).toThrow(/export\/d sets parameters that are not valid: limit: .*expected number/);
  expect(() => deploy({ limt: 5 })).toThrow('sets the parameter "limt", which flow "export" does not take. Did you mean "limit"?');
  const deep = flow({ name: 'deep', parameters: z.object({ page: z.object({ size: z.int(), url: z.url() }) }) }, () => 1);
  const page: object = { sise: 5 };
  expect(() => deployFactory({ name: 'd', flow: deep, parameters: { page } as object })).toThrow(
    'sets the parameter "page.sise", which flow "deep" does not take. Did you mean "page.size"?',
  );
  const free = flow({ name: 'free' }, () => 1);
  expect(() => deployFactory({ name: 'd', flow: free, parameters: { a: 1 } as object })).toThrow('"a", which flow "free" does not take');
});

test('names, limits and queues that can’t be are refused, naming the deployment', () => {
  expect(() => deployFactory({ name: 'a/b', flow: exportProducts })).toThrow('A deployment\'s name is "a/b"');
  expect(() => deployFactory({ name: 'd', flow: exportProducts, concurrencyLimit: 0 })).toThrow(
    'concurrencyLimit of deployment export/d is 0',
  );
  expect(() => deployFactory({ name: 'd', flow: exportProducts, queue: ' ' })).toThrow('queue of deployment export/d is empty');
  expect(() => deployFactory({ name: 'd', flow: exportProducts, jobVariables: { at: new Date(0) } })).toThrow('jobVariables.at: a Date');
  const noFlow: unknown = () => 1;
  expect(() => deployFactory({ name: 'd', flow: noFlow as typeof exportProducts })).toThrow('is no flow');
});
