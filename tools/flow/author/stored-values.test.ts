import { afterEach, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { record } from '../run/test-support/recording-run.ts';
import { markdownArtifact, tableArtifact } from './artifact.ts';
import { runDeployment } from './children/run-deployment.ts';
import { withDeployments } from './children/with-deployments.ts';
import { flow } from './flow.ts';
import { logger } from './logger.ts';
import { secret } from './secret.ts';
import { task } from './task.ts';
import { variable } from './variable.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('without a server a secret is read from the environment, and a missing one fails with the variable to set', async () => {
  vi.stubEnv('TRIBUTARY_SECRET_API_KEY', 'from-env');
  expect(await secret('api-key')).toBe('from-env');
  await expect(flow({ name: 'f' }, () => secret('other-key'))()).rejects.toThrow(
    'There is no secret "other-key". This flow runs without a server: set TRIBUTARY_SECRET_OTHER_KEY in its environment.',
  );
  await expect(record({ readSecret: async () => undefined }).start(flow({ name: 'f' }, () => secret('k')))).resolves.toMatchObject({
    state: { message: 'There is no secret "k". Store it with: npx tributary secret set k' },
  });
});

it('the value of a secret that was read is masked in log lines, messages, artifacts and results', async () => {
  const value = 'p@ss "w0rd" ümlaut';
  const artifacts: unknown[] = [];
  const recording = record({ readSecret: async () => value, artifact: async (artifact) => `${artifacts.push(artifact)}` });
  const leak = task({ name: 'leak' }, (token: string) => {
    throw new Error(`GET https://a.example?key=${encodeURIComponent(token)} was refused`);
  });
  const careless = flow({ name: 'careless' }, async () => {
    const token = await secret('token');
    logger.info('token', token, { token });
    await markdownArtifact({ key: 'page', markdown: `it is ${token}` });
    await tableArtifact({ key: 'table', table: [{ token }] });
    await leak(token).catch((error: unknown) => logger.error(error));
    return { token };
  });
  const outcome = await recording.start(careless);
  expect(outcome).toMatchObject({ completed: true, state: { data: null }, value: { token: value } });
  const everything = JSON.stringify([recording.logs, recording.reports, artifacts, outcome.state]);
  expect(everything).toContain('key=********');
  for (const form of ['p@ss', 'w0rd', 'p%40ss']) expect(everything).not.toContain(form);
});

it('a secret’s value is not stored with a child flow’s run, and is refused as a parameter of runDeployment', async () => {
  const children: unknown[] = [];
  const recording = record({ readSecret: async () => 'long-enough-value' });
  const createChildInProcess = recording.port.createChildInProcess.bind(recording.port);
  Object.assign(recording.port, {
    createChildInProcess: (request: Parameters<typeof createChildInProcess>[0]) => {
      children.push(request);
      return createChildInProcess(request);
    },
  });
  const child = flow({ name: 'child', parameters: z.object({ token: z.string() }) }, ({ token }) => token.length);
  const parent = flow({ name: 'parent' }, async () => {
    const token = await secret('token');
    const size = await child({ token });
    await runDeployment.unchecked('a/b', { parameters: { token } });
    return size;
  });
  const outcome = await withDeployments.unchecked({ 'a/b': () => 1 }, () => recording.start(parent));
  expect(outcome.state).toMatchObject({ type: 'FAILED', message: expect.stringContaining("Pass the secret's name") });
  expect(children).toHaveLength(1);
  expect(JSON.stringify(children)).not.toContain('long-enough-value');
});

it('a variable has its default, and must match the default’s type or the schema', async () => {
  vi.stubEnv('TRIBUTARY_VARIABLE_PAGE_SIZE', '50');
  vi.stubEnv('TRIBUTARY_VARIABLE_MODE', 'fast');
  expect(await variable('page_size')).toBe(50);
  expect(await variable('page_size', 10)).toBe(50);
  expect(await variable('mode', 'slow')).toBe('fast');
  expect(await variable('none', 10)).toBe(10);
  expect(await variable('none', z.object({ a: z.int().default(1) }).default({ a: 2 }))).toEqual({ a: 2 });
  await expect(variable('mode', 10)).rejects.toThrow(
    'Variable "mode" is a string, but a number is expected, like the default 10: change the variable or the default.',
  );
  await expect(variable('mode', z.enum(['slow']))).rejects.toThrow('Variable "mode" doesn\'t match its schema');
  await expect(variable('none')).rejects.toThrow('There is no variable "none", and the call has no default.');
});

it('a variable keeps the digits of a large integer, and a schema that would round it is refused', async () => {
  vi.stubEnv('TRIBUTARY_VARIABLE_CUSTOMER', '356686000032329832');
  expect(await variable('customer')).toBe(356686000032329832n);
  expect(await variable('customer', z.bigint())).toBe(356686000032329832n);
  for (const schema of [z.int(), z.coerce.number(), z.number()])
    await expect(variable('customer', schema)).rejects.toThrow('356686000032329832 is too large for a number, which would lose digits');
  await expect(variable('customer', 5)).rejects.toThrow('Variable "customer" is a bigint, but a number is expected');
});
