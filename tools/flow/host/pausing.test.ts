import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { StandInWorker } from '../test-support/stand-in-worker.ts';

let worker: StandInWorker;
beforeEach(async () => {
  worker = await StandInWorker.start();
});
afterEach(() => worker.close());

const lease = '6a7f3f0e-50a6-4cf1-9f4b-2e3f2f3c1a10';
const limits = '/v2/concurrency_limits';
const calls = (path: string): unknown[] => worker.server.calls.filter((call) => call.path === path).map(({ body }) => body);

it('suspend ends the host as done, after it has sent all its logs and events, and the run is Suspended', async () => {
  const { host, run } = await worker.begin(
    `import { suspend } from '@tributary/flow';
     const step = task({ name: 'step' }, () => 1);
     export const main = flow({ name: 'export', retries: 2, onFailure: () => logger.info('hook'), onCancellation: () => logger.info('hook') }, async () => {
       await step();
       logger.info('before');
       try { await suspend({ timeout: '1d', key: 'approval' }); } catch (error) { logger.info('caught ' + error.message); }
       logger.info('after');
       await new Promise(() => setInterval(() => {}, 1000));
     });`,
    {},
    { run: { policy: { retry_type: 'in_process', retries: 2, retry_delay: 0 } } },
  );
  await worker.server.until(() => worker.server.proposals(run.id).includes('PAUSED'));
  expect(worker.server.messages()).toContain('before');
  expect(worker.server.events.map(({ event }) => event)).toContain('prefect.task-run.Completed');
  host.child.send({ type: 'cancel', reason: 'worker stopping' });
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(host.done).toEqual({ type: 'done', state: 'PAUSED' });
  expect(worker.server.proposals(run.id)).toEqual(['RUNNING', 'PAUSED']);
  expect(run.state).toMatchObject({
    type: 'PAUSED',
    name: 'Suspended',
    state_details: { pause_key: 'approval', pause_reschedule: true, pause_timeout: expect.stringMatching(/Z$/) },
  });
  // The retry type must not stay `in_process`, because then no worker could take the run.
  expect(run.policy).toMatchObject({ retries: 2, retry_type: null });
  expect(worker.server.messages()).not.toContain('hook');
});

it('a paused run continues in its process when it is resumed, and a cancel ends it while it is paused', async () => {
  const source = `import { pause } from '@tributary/flow';
    export const main = flow({ name: 'export' }, async () => { await pause({ pollInterval: '50ms' }); return process.pid; });`;
  const [resumed, cancelled] = await Promise.all([worker.begin(source), worker.begin(source, {}, { run: { name: 'other' } })]);
  await worker.server.until(() => worker.server.proposals().filter((type) => type === 'PAUSED').length === 2);
  resumed.run.state = { ...resumed.run.state, type: 'RUNNING', name: 'Running' };
  await resumed.host.ended;
  expect(resumed.run.state).toMatchObject({ type: 'COMPLETED', data: { value: resumed.host.child.pid } });
  cancelled.host.child.send({ type: 'cancel', reason: 'cancelled' });
  await cancelled.host.ended;
  expect(cancelled.run.state.type).toBe('CANCELLED');
});

describe('a run that is paused from outside', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-pausing-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Three tasks. The first one ends when the file `go` exists. */
  const steps = () => `import { existsSync } from 'node:fs';
    const step = task({ name: 'step' }, async (nth) => {
      logger.info('step ' + nth);
      while (nth === 1 && !existsSync(${JSON.stringify(join(folder, 'go'))})) await new Promise((resolve) => setTimeout(resolve, 20));
    });
    export const main = flow({ name: 'export', retries: 1 }, async () => { for (const nth of [1, 2, 3]) await step(nth); return process.pid; });`;
  /** Sends `paused` to the host during the first task, which ends once the host has read the run's state. */
  const reportPaused = async ({ host, run }: Awaited<ReturnType<StandInWorker['begin']>>): Promise<void> => {
    const reads = (): number =>
      worker.server.calls.filter(({ method, path }) => method === 'GET' && path === `/flow_runs/${run.id}`).length;
    const before = reads();
    host.child.send({ type: 'paused' });
    await worker.server.until(() => reads() > before);
    writeFileSync(join(folder, 'go'), '');
  };
  const become = (run: Awaited<ReturnType<StandInWorker['begin']>>['run'], type: string, state_details = {}): void => {
    run.state = { ...run.state, id: crypto.randomUUID(), type, name: type, state_details };
  };
  const stepsOf = (): string[] => worker.server.messages().filter((message) => message.startsWith('step'));

  it('waits in its process before its next task, and continues when it is resumed', async () => {
    const begun = await worker.begin(steps());
    const { host, run } = begun;
    await worker.server.until(() => stepsOf().length === 1);
    become(run, 'PAUSED');
    await reportPaused(begun);
    await worker.server.until(() => worker.server.messages().some((message) => message.includes('was paused from outside')));
    expect(stepsOf()).toEqual(['step 1']);
    become(run, 'RUNNING');
    await host.ended;
    expect(stepsOf()).toEqual(['step 1', 'step 2', 'step 3']);
    expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: host.child.pid } });
  });

  it('and was suspended ends its process, and reports that end to a server with claims', async () => {
    const how = { run: { policy: { retry_type: 'in_process', retries: 1, retry_delay: 0 } } };
    const begun = await worker.begin(steps(), {}, how);
    const { host, run } = begun;
    await worker.server.until(() => stepsOf().length === 1);
    become(run, 'PAUSED', { pause_reschedule: true, pause_timeout: '2100-01-01T00:00:00.000000Z', pause_key: 'theirs' });
    await reportPaused(begun);
    expect(await host.ended).toEqual({ code: 0, signal: null });
    expect(host.done).toEqual({ type: 'done', state: 'PAUSED' });
    expect(stepsOf()).toEqual(['step 1']);
    expect(worker.server.proposals(run.id)).toEqual(['RUNNING', 'PAUSED']);
    const details = { pause_reschedule: true, pause_timeout: '2100-01-01T00:00:00.000000Z' };
    expect(run.state).toMatchObject({ type: 'PAUSED', message: 'The process of the run has ended.', state_details: details });
    expect(run.state.state_details).not.toHaveProperty('pause_key');
    expect(run.policy).toMatchObject({ retries: 1, retry_type: null });
  });

  it('and was suspended does not propose a state to a server without claims', async () => {
    worker.server.features.length = 0;
    const begun = await worker.begin(steps(), {}, { run: { claim: null } });
    const { host, run } = begun;
    await worker.server.until(() => stepsOf().length === 1);
    become(run, 'PAUSED', { pause_reschedule: true });
    await reportPaused(begun);
    await host.ended;
    expect(host.done).toEqual({ type: 'done', state: 'PAUSED' });
    expect(worker.server.proposals(run.id)).toEqual(['RUNNING']);
  });

  it('and is RUNNING again when the host reads its state continues', async () => {
    const begun = await worker.begin(steps());
    const { host, run } = begun;
    await worker.server.until(() => stepsOf().length === 1);
    await reportPaused(begun);
    await host.ended;
    expect(run.state.type).toBe('COMPLETED');
    expect(worker.server.messages().join()).not.toMatch(/paused|suspended/);
  });
});

it.each([
  ['that gets a SIGTERM and ignores the signal', 'SIGTERM' as const, 'CRASHED'],
  ['that completes', null, 'COMPLETED'],
])('a run %s releases its slots', async (_, signal, type) => {
  const { server } = worker;
  const limit = { id: lease, name: 'db', limit: 1 };
  server.answers.set(`POST ${limits}/increment-with-lease`, { status: 200, body: { lease_id: lease, limits: [limit] } });
  server.answers.set(`POST ${limits}/decrement-with-lease`, { status: 204, body: undefined });
  const { host, run } = await worker.begin(
    `import { concurrency } from '@tributary/flow';
     export const main = flow({ name: 'export' }, () => concurrency('db', { slots: 1 }, async () => {
       logger.info('holds');
       await new Promise((resolve) => setTimeout(resolve, ${signal ? 60_000 : 10}));
     }));`,
  );
  await server.until(() => server.messages().includes('holds') || calls(`${limits}/decrement-with-lease`).length > 0);
  if (signal) host.child.kill(signal);
  await host.ended;
  expect(run.state.type).toBe(type);
  expect(calls(`${limits}/increment-with-lease`)).toEqual([
    { names: ['db'], slots: 1, mode: 'concurrency', lease_duration: 300, holder: { type: 'flow_run', id: run.id } },
  ]);
  expect(calls(`${limits}/decrement-with-lease`)).toEqual([{ lease_id: lease }]);
});
