import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import type { HostProcess } from '../test-support/host-process.ts';
import { StandInWorker } from '../test-support/stand-in-worker.ts';

let worker: StandInWorker;
beforeEach(async () => {
  worker = await StandInWorker.start();
});
afterEach(() => worker.close());

const commit = '1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d';
const repository = 'https://github.com/acme/shop';
const source = `
  import { checkout } from '@tributary/flow';
  const shop = task({ name: 'shop', retries: 1 }, () => checkout({ repository: '${repository}/', token: 'shop-token' }));
  export const main = flow({ name: 'export' }, async () => shop());`;

/** Answers each checkout that a host asks for. */
function answer(host: HostProcess, ...answers: readonly object[]): void {
  const left = [...answers];
  host.child.on('message', (message) => {
    const { type, id } = Object(message);
    if (type === 'checkout') host.child.send({ id, ...left.shift() });
  });
}

it('a flow gets the folder that its worker has checked out, and its log names the commit', async () => {
  const { host, run } = await worker.begin(source);
  answer(host, { type: 'checked out', dir: '/store/checkouts/1', commit });
  await host.ended;
  expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: { dir: '/store/checkouts/1', commit, repository, ref: 'HEAD' } } });
  expect(host.reports).toContainEqual({ type: 'checkout', id: 1, repository, ref: 'HEAD', token: 'shop-token' });
  expect(worker.server.messages()).toContain(`Checked out ${repository} at 1a2b3c4d5e6f (default branch).`);
});

it('a worker is asked in words that it takes, although the code has a number and a null', async () => {
  const { host } = await worker.begin(`
    import { checkout } from '@tributary/flow';
    export const main = flow({ name: 'export' }, async () => checkout({ repository: new URL('${repository}'), ref: 2024, token: null }));`);
  answer(host, { type: 'checked out', dir: '/store/checkouts/1', commit });
  await host.ended;
  expect(host.reports).toContainEqual({ type: 'checkout', id: 1, repository, ref: '2024', token: null });
});

it("a failed checkout fails the task with the worker's sentence, and a retry of the task asks again", async () => {
  const failed = { type: 'checkout failed', code: 'server_error', message: "github.com can't answer for now (503)." };
  // A host may ask before the other one has started.
  const begin = async (...answers: readonly object[]) => {
    const begun = await worker.begin(source);
    answer(begun.host, ...answers);
    return begun;
  };
  const [retried, given] = await Promise.all([begin(failed, { type: 'checked out', dir: '/d', commit }), begin(failed, failed)]);
  await Promise.all([retried.host.ended, given.host.ended]);
  expect(retried.run.state.type).toBe('COMPLETED');
  expect(given.run.state).toMatchObject({ type: 'FAILED', message: expect.stringContaining("github.com can't answer for now (503).") });
});

it('a cancel ends a flow that waits for a checkout', async () => {
  const { host, run } = await worker.begin(source);
  await expect.poll(() => host.reports.map(({ type }) => type)).toContain('checkout');
  host.child.send({ type: 'cancel', reason: 'cancelled' });
  await host.ended;
  expect(run.state.type).toBe('CANCELLED');
});

it("a host whose worker doesn't know checkouts says what to update", async () => {
  const { host, run } = await worker.begin(source, { version: 2 });
  await host.ended;
  expect(run.state).toMatchObject({ type: 'FAILED', message: expect.stringContaining('The worker of this run is older than checkout().') });
  expect(host.reports.map(({ type }) => type)).not.toContain('checkout');
});

it('a host removes its checkouts when its worker has exited', async ({ onTestFinished }) => {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-host-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'models'));
  writeFileSync(join(dir, 'models/a.sql'), '');
  const { host } = await worker.begin(`
    import { checkout } from '@tributary/flow';
    export const main = flow({ name: 'export' }, async () => {
      for (const ref of ['a', 'b']) await checkout({ repository: '${repository}', ref });
      await untilStopped(run().signal);
    });`);
  // Nobody can remove the first one.
  answer(host, { type: 'checked out', dir: '/proc/self/fdinfo', commit }, { type: 'checked out', dir, commit });
  await expect.poll(() => worker.server.messages().join('\n')).toContain('(b)');
  expect(existsSync(dir)).toBe(true);
  host.child.disconnect();
  await host.ended;
  expect(existsSync(dir)).toBe(false);
});
