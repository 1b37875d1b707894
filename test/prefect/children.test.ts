import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

import { eventually } from '../support/eventually.ts';
import { familyFiles, testFamilies } from '../support/families.ts';
import { narrowFiles, testWhyChildrenWait } from '../support/why-children-wait.ts';
import { type Journey, succeeded, travel } from './journey.ts';

const flows = `import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flow, run, runDeployment } from '@tributary/flow';
import { z } from 'zod';

const note = (mark: string, text: string) => appendFileSync(join(run().dataDir, mark), text + ';');

export const child = flow(
  {
    name: 'child',
    parameters: z.object({ mark: z.string().default('child'), seconds: z.number().default(0), fail: z.union([z.boolean(), z.literal('at first')]).default(false) }),
  },
  async ({ mark, seconds, fail }) => {
    note(mark, 'child');
    await sleep(seconds * 1000, undefined, { signal: run().signal });
    if (fail === true || (fail && run().attempt === 1)) throw new Error('the child broke');
    return { mark };
  },
);

const timeout = z.union([z.number(), z.null()]);
export const parent = flow(
  { name: 'parent', parameters: z.object({ timeout, seconds: z.number().default(0), fail: z.boolean().default(false) }) },
  async ({ timeout, seconds, fail }) => {
    const before = performance.now();
    const fired = await runDeployment.unchecked('child/here', {
      parameters: { seconds, fail },
      tags: ['fired'],
      ...(timeout === null ? {} : { timeout }),
    });
    return { id: fired.id, type: fired.state.type, message: fired.state.message, data: fired.state.data ?? null, seconds: (performance.now() - before) / 1000 };
  },
);

/** Starts three children. In the first attempt, the third child fails, and then the flow fails too. */
export const again = flow({ name: 'again', retries: 1 }, async () => {
  const { attempt } = run();
  const good = await runDeployment.unchecked('child/here', { parameters: { mark: 'good' } });
  const launched = await runDeployment.unchecked('child/here', { parameters: { mark: 'launched', seconds: 3 }, timeout: 0 });
  const bad = await runDeployment.unchecked('child/here', { parameters: { mark: 'bad', fail: 'at first' } });
  note('again', [attempt, good.id, launched.id, bad.id, bad.state.type].join(','));
  if (bad.state.type !== 'COMPLETED') throw new Error('its child ' + bad.state.name);
});
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { again, child, parent } from './flows/children.ts';

const name = 'here';
export const one = deployFactory({ name, flow: child });
export const two = deployFactory({ name, flow: parent });
export const three = deployFactory({ name, flow: again });
`;

let on: Journey;
beforeAll(async () => {
  on = await travel({
    ...familyFiles,
    ...narrowFiles,
    'ints/children/flows/children.ts': flows,
    'ints/children/deployments.ts': deployments,
  });
  await on.deploy('children');
  await on.deploy('family');
  await on.deploy('narrow');
  await on.startWorker('children', ['--limit', '16']);
}, 180_000);
afterAll(() => on?.close());

/** Runs the parent flow, and waits until the run has completed. @returns the result, the child run and the parent's end time */
async function returned(parameters: Readonly<Record<string, unknown>>) {
  const id = await on.trigger('parent/here', parameters);
  const run = await on.ended(id, 40);
  expect(run.state_type).toBe('COMPLETED');
  const [child] = await on.children(id);
  if (!child) throw new Error('The parent has no child.');
  return { id, value: run.state?.data, child, end: run.end_time ?? '' };
}

it.concurrent('a child launched with timeout 0 continues by itself, and is recorded under its parent', async () => {
  const { id, value, child, end } = await returned({ timeout: 0, seconds: 2 });
  expect(value).toMatchObject({ value: { id: child.id, type: 'SCHEDULED' } });
  expect(child.tags).toContain('fired');
  const done = await on.ended(child.id);
  expect(done.state_type).toBe('COMPLETED');
  expect((done.end_time ?? '') > end).toBe(true);
  const [standIn] = await on.tasks(id, 1);
  expect(standIn).toMatchObject({ state_type: 'COMPLETED', state: { state_details: { child_flow_run_id: child.id } } });
  const watched = await succeeded(on.command(['flow-run', 'watch', id]));
  expect(watched.stdout).toMatch(new RegExp(`${child.name} .*Completed`));
});

it.concurrent('after a timeout of 5 s, runDeployment returns a running child in its current state, and the child continues', async () => {
  const { value, child } = await returned({ timeout: 5, seconds: 12 });
  expect(value).toMatchObject({ value: { id: child.id, data: null, type: expect.stringMatching(/RUNNING|PENDING|SCHEDULED/) } });
  expect(z.object({ value: z.object({ seconds: z.number() }) }).parse(value).value.seconds).toBeGreaterThanOrEqual(5);
  expect(await on.ended(child.id)).toMatchObject({ state_type: 'COMPLETED', run_count: 1 });
});

it.concurrent('without a timeout, runDeployment returns the completed child with its result', async () => {
  const { value, child } = await returned({ timeout: null, seconds: 1 });
  expect(value).toMatchObject({ value: { id: child.id, type: 'COMPLETED', data: { value: { mark: 'child' } } } });
});

it.concurrent('runDeployment returns a failed child with its reason', async () => {
  const { value } = await returned({ timeout: null, fail: true });
  expect(value).toMatchObject({ value: { type: 'FAILED', message: 'the child broke' } });
});

it.concurrent('runDeployment returns a child that a person has cancelled as CANCELLED', async () => {
  const id = await on.trigger('parent/here', { timeout: null, seconds: 60 });
  const [child] = await eventually(
    () => on.children(id),
    (children) => children[0]?.state_type === 'RUNNING',
  );
  if (!child) throw new Error('unreachable');
  await succeeded(on.command(['flow-run', 'cancel', child.id]));
  expect((await on.ended(id)).state?.data).toMatchObject({ value: { type: 'CANCELLED' } });
});

it.concurrent('a retried parent takes over its children, and retries the one that failed', async () => {
  const id = await on.trigger('again/here');
  expect(await on.ended(id, 60)).toMatchObject({ state_type: 'COMPLETED', run_count: 2 });
  const [one, two] = readFileSync(on.data('again'), 'utf8')
    .split(';')
    .map((line) => line.split(','));
  expect(one).toMatchObject({ 0: '1', 4: 'FAILED' });
  expect(two).toEqual(['2', ...(one?.slice(1, 4) ?? []), 'COMPLETED']);
  await eventually(
    () => on.children(id),
    (children) => children.length === 3 && children.every(({ state_type }) => state_type === 'COMPLETED'),
  );
  for (const mark of ['good', 'launched']) expect(readFileSync(on.data(mark), 'utf8')).toBe('child;');
  expect(readFileSync(on.data('bad'), 'utf8')).toBe('child;child;');
});

testFamilies(() => on, 150);

testWhyChildrenWait(() => on, 90);
