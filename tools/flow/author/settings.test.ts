import { afterEach, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { record } from '../run/test-support/recording-run.ts';
import { imageArtifact, linkArtifact, markdownArtifact, progressArtifact, tableArtifact } from './artifact.ts';
import { flow } from './flow.ts';
import { logger } from './logger.ts';
import { runDeployment } from './children/run-deployment.ts';
import { run } from './run.ts';
import { secret } from './secret.ts';
import { task } from './task.ts';
import { variable } from './variable.ts';
import { withDeployments } from './children/with-deployments.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('without a server a secret comes from the environment, and a missing one says which variable to set', async () => {
  vi.stubEnv('TRIBUTARY_SECRET_API_KEY', 'from-env');
  expect(await secret('api-key')).toBe('from-env');
  await expect(flow({ name: 'f' }, () => secret('other-key'))()).rejects.toThrow(
    'There is no secret "other-key". This flow runs without a server: set TRIBUTARY_SECRET_OTHER_KEY in its environment.',
  );
  await expect(record({ readSecret: async () => undefined }).start(flow({ name: 'f' }, () => secret('k')))).resolves.toMatchObject({
    state: { message: 'There is no secret "k". Store it with: npx tributary secret set k' },
  });
});

it('the value of a secret that was read stands in no log line, message, artifact or result', async () => {
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

it('a secret that is passed on is not stored with the run it is passed to', async () => {
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
  expect(outcome.state).toMatchObject({ type: 'FAILED', message: expect.stringContaining("pass the secret's name") });
  expect(children).toHaveLength(1);
  expect(JSON.stringify(children)).not.toContain('long-enough-value');
});

it('a variable has its default, must be of its type, or is what a schema says', async () => {
  vi.stubEnv('TRIBUTARY_VARIABLE_PAGE_SIZE', '50');
  vi.stubEnv('TRIBUTARY_VARIABLE_MODE', 'fast');
  expect(await variable('page_size')).toBe(50);
  expect(await variable('page_size', 10)).toBe(50);
  expect(await variable('mode', 'slow')).toBe('fast');
  expect(await variable('none', 10)).toBe(10);
  expect(await variable('none', z.object({ a: z.int().default(1) }).default({ a: 2 }))).toEqual({ a: 2 });
  await expect(variable('mode', 10)).rejects.toThrow('Variable "mode" is a string, but a number is expected: its default is 10.');
  await expect(variable('mode', z.enum(['slow']))).rejects.toThrow('Variable "mode" is not what its schema says');
  await expect(variable('none')).rejects.toThrow('There is no variable "none", and the call names no default.');
});

it('log lines carry their level, and in a task the task run’s id', async () => {
  const recording = record();
  const inner = task({ name: 'inner' }, () => logger.warning('careful'));
  await recording.start(
    flow({ name: 'f' }, async () => {
      logger.debug('a', { b: 1 });
      await inner();
    }),
  );
  expect(recording.logs).toMatchObject([
    { level: 10, message: 'a { b: 1 }', task_run_id: null, name: 'tributary.flow_runs' },
    { level: 30, message: 'careful', task_run_id: recording.reports[0]?.task_run.id, name: 'tributary.task_runs' },
  ]);
});

it('artifacts are kept with the run and task that made them; a wrong key or value is refused', async () => {
  const artifacts: unknown[] = [];
  const recording = record({ artifact: async (artifact) => `${artifacts.push(artifact)}` });
  const make = task({ name: 'make' }, () => tableArtifact({ key: 'top-10', table: [{ a: 1 }], description: 'the best' }));
  const id = await recording.start(
    flow({ name: 'f' }, async () => {
      await make();
      return run().flowRunId;
    }),
  );
  expect(artifacts).toEqual([
    {
      key: 'top-10',
      type: 'table',
      data: '[{"a":1}]',
      description: 'the best',
      flow_run_id: id.completed ? id.value : '',
      task_run_id: recording.reports[0]?.task_run.id,
    },
  ]);
  await expect(markdownArtifact({ key: 'Top 10', markdown: '' })).rejects.toThrow('artifact key "Top 10"');
  await expect(tableArtifact({ key: 'k', table: [{ at: new Date(0) }] })).rejects.toThrow('at table[0].at: a Date');
});

it('links, pictures and progress are artifacts too; progress moves, in a task as well', async () => {
  const artifacts: unknown[] = [];
  const updates: unknown[] = [];
  const recording = record({
    artifact: async (artifact) => `${artifacts.push(artifact)}`,
    updateArtifact: async (id, change) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      updates.push([id, change]);
    },
  });
  const count = task({ name: 'count' }, async () => {
    const progress = await progressArtifact({ key: 'rows' });
    await progress.update(25);
    await Promise.all([30, 31, 32, 120].map((percent) => progress.update(percent)));
    await progress.update(Number.NaN);
  });
  const outcome = await recording.start(
    flow({ name: 'f' }, async () => {
      await linkArtifact({ key: 'report', link: 'https://a.example/1', text: 'Report' });
      await linkArtifact({ key: 'plain', link: 'https://a.example/1' });
      await imageArtifact({ key: 'chart', image: 'https://a.example/chart.png' });
      await count();
    }),
  );
  expect(artifacts).toMatchObject([
    { key: 'report', type: 'markdown', data: '[Report](https://a.example/1)' },
    { key: 'plain', type: 'markdown', data: '[https://a.example/1](https://a.example/1)' },
    { key: 'chart', type: 'image', data: 'https://a.example/chart.png' },
    { key: 'rows', type: 'progress', data: 0, task_run_id: recording.reports[0]?.task_run.id },
  ]);
  expect(updates.at(0)).toEqual(['4', { data: 25 }]);
  expect(updates.at(-1)).toEqual(['4', { data: 100 }]);
  expect(updates.length).toBeLessThan(5);
  expect(outcome.state?.message).toBe('The progress of artifact "rows" is NaN: give a percentage, from 0 to 100.');
});

it('run() outside a flow says so', () => {
  expect(() => run()).toThrow('run() was called outside a flow');
});

it('a variable keeps the digits of a large integer, and no schema rounds it unseen', async () => {
  vi.stubEnv('TRIBUTARY_VARIABLE_CUSTOMER', '356686000032329832');
  expect(await variable('customer')).toBe(356686000032329832n);
  expect(await variable('customer', z.bigint())).toBe(356686000032329832n);
  for (const schema of [z.int(), z.coerce.number(), z.number()])
    await expect(variable('customer', schema)).rejects.toThrow('356686000032329832 is more than a number holds without losing digits');
  await expect(variable('customer', 5)).rejects.toThrow('Variable "customer" is a bigint, but a number is expected');
});
