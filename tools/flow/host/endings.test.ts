import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import type { HostProcess } from '../test-support/host-process.ts';
import { StandInWorker } from '../test-support/stand-in-worker.ts';

let worker: StandInWorker;
beforeEach(async () => {
  worker = await StandInWorker.start();
});
afterEach(() => worker.close());
const options = `{ name: 'export' }`;
/** Lets user code wait for the file `go`. */
const untilGo = `import { existsSync } from 'node:fs';
    const untilGo = async () => { while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20)); };`;

it('cancel aborts the signal and ends the run CANCELLED', async () => {
  const { host, run: flowRun } = await worker.begin(`
    export const main = flow(${options}, async () => {
      logger.info('waiting');
      await untilStopped(run().signal);
    });`);
  await worker.server.until(() => worker.server.messages().includes('waiting'));
  host.child.send({ type: 'cancel', reason: 'cancelled' });
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(flowRun.state.type).toBe('CANCELLED');
  expect(host.done).toEqual({ type: 'done', state: 'CANCELLED' });
});

it.each([
  ['its worker has exited', (host: HostProcess) => host.child.disconnect(), /worker that started this run has exited/],
  ['it gets a SIGTERM', (host: HostProcess) => host.child.kill('SIGTERM'), /SIGTERM/],
  ['its worker stops', (host: HostProcess) => host.child.send({ type: 'cancel', reason: 'worker stopping' }), /worker was stopped/],
])('a run is CRASHED when %s', async (_, end, message) => {
  const { host, run: flowRun } = await worker.begin(`
    export const main = flow(${options}, async () => {
      logger.info('waiting');
      await untilStopped(run().signal);
    });`);
  await worker.server.until(() => worker.server.messages().includes('waiting'));
  end(host);
  await host.ended;
  expect(flowRun.state).toMatchObject({ type: 'CRASHED', message: expect.stringMatching(message) });
});

it("flows that ignore the signal end within ten seconds of the worker's death, with their tasks and processes; a run that was cancelled before ends as CANCELLED", async () => {
  const source = `
    import { spawn } from 'node:child_process';
    const deaf = task({ name: 'deaf' }, () => new Promise((resolve) => setTimeout(resolve, 60_000)));
    export const main = flow({ name: 'export', onCrashed: () => logger.info('hooked') }, async () => {
      const child = spawn('sleep', ['300'], { stdio: 'ignore' });
      logger.info('child ' + child.pid);
      run().signal.addEventListener('abort', () => console.log('stopping'));
      await deaf();
    });`;
  const [left, cancelled] = await Promise.all([worker.begin(source), worker.begin(source)]);
  const children = () => worker.server.messages().flatMap((message) => /child (\d+)/.exec(message)?.[1] ?? []);
  await worker.server.until(() => children().length === 2);
  cancelled.host.child.send({ type: 'cancel', reason: 'cancelled' });
  await worker.server.until(() => worker.server.messages().includes('stopping'));
  const began = performance.now();
  for (const { host } of [left, cancelled]) host.child.disconnect();
  await Promise.all([left.host.ended, cancelled.host.ended]);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(left.run.state.type).toBe('CRASHED');
  expect(cancelled.run.state.type).toBe('CANCELLED');
  expect(worker.server.messages().filter((message) => message === 'hooked')).toHaveLength(1);
  const eventsOfLeft = worker.server.events.filter(
    ({ related }) => related[0]?.['prefect.resource.id'] === `prefect.flow-run.${left.run.id}`,
  );
  expect(eventsOfLeft.at(-1)?.event).toBe('prefect.task-run.Cancelled');
  for (const pid of children()) await expect.poll(() => isAlive(Number(pid)), { timeout: 3000 }).toBe(false);
});

it('a host without a run exits immediately when its worker has exited', async () => {
  const host = worker.startHost();
  await host.ready;
  const began = performance.now();
  host.child.disconnect();
  await host.ended;
  expect(performance.now() - began).toBeLessThan(5000);
});

it.each([
  ['an exception', `setTimeout(() => { throw new Error('escaped'); }, 10);`],
  ['a rejection that no code awaits', `void Promise.reject(new Error('escaped'));`],
])('%s outside the flow crashes the run with its message, and keeps the logs', async (_, code) => {
  const { host, run } = await worker.begin(`
    export const main = flow(${options}, async () => {
      logger.info('before');
      ${code}
      await untilStopped(run().signal);
    });`);
  expect((await host.ended).code).toBe(0);
  expect(run.state).toMatchObject({ type: 'CRASHED', message: expect.stringMatching(/escaped/) });
  expect(worker.server.messages()).toContain('before');
});

it('process.exit in user code sends the last logs to the worker, and does not send `done`', async () => {
  const { host } = await worker.begin(`
    export const main = flow(${options}, async () => {
      for (let line = 0; line < 20; line += 1) logger.info('line ' + line);
      process.exit(0);
    });`);
  expect(await host.ended).toEqual({ code: 0, signal: null });
  const handed = host.reports.flatMap((report) => (report.type === 'logs' ? report.logs : [])).map(({ message }) => message);
  expect(handed).toEqual(Array.from({ length: 20 }, (_, line) => `line ${line}`));
  expect(host.done).toBeUndefined();
});

it.each([
  ['few lines through its worker', 20, 0],
  ['more lines than its channel holds through a new process', 3000, 100],
])('process.exit sends %s, and repeats a batch without an answer under the same id', async (_, count, width) => {
  const { host, root } = await worker.begin(`
    ${untilGo}
    export const main = flow(${options}, async () => {
      logger.info('first');
      await untilGo();
      for (let line = 0; line < ${count}; line += 1) logger.info('line ' + line + 'x'.repeat(${width}));
      process.exit(0);
    });`);
  // The server stores the first batch, and has not answered when the process ends.
  worker.server.ignoring.push(/POST \/logs\//);
  await worker.server.until(() => worker.server.messages().includes('first'));
  writeFileSync(join(root, 'go'), '');
  await host.ended;
  const batches = host.reports.flatMap((report) => (report.type === 'logs' ? [report] : []));
  expect(batches.length).toBe(count > 1000 ? 0 : 2);
  for (const { logs, request } of batches)
    await fetch(`${worker.server.url}/logs/`, {
      method: 'POST',
      headers: { 'tributary-request': request ?? '' },
      body: JSON.stringify(logs),
    });
  const lines = Array.from({ length: count }, (__, line) => `line ${line}${'x'.repeat(width)}`);
  expect(worker.server.messages()).toEqual(['first', ...lines]);
});

it('process.exit in user code keeps the states of its tasks', async () => {
  const { host } = await worker.begin(`
    const step = task({ name: 'step' }, async () => 1);
    export const main = flow(${options}, async () => {
      await step();
      logger.info('after');
      process.exit(0);
    });`);
  await host.ended;
  expect(worker.server.events.map(({ event }) => event)).toEqual(['prefect.task-run.Running', 'prefect.task-run.Completed']);
  expect(worker.server.messages()).toEqual(['after']);
});

it("the API's credential is neither in the environment of a run's programs nor in the run's logs, and the last logs are sent with the credential", async () => {
  const { host } = await worker.begin(
    `import { execSync } from 'node:child_process';
    const step = task({ name: 'step' }, async () => 1);
    export const main = flow(${options}, async () => {
      logger.info('child has ' + execSync('env | grep AUTH_STRING || echo none').toString().trim());
      logger.info('ada:long-password and YWRhOmxvbmctcGFzc3dvcmQ=');
      await step();
      process.exit(0);
    });`,
    { api: { url: worker.server.url, credential: { variable: 'TRIBUTARY_API_AUTH_STRING', scheme: 'Basic' }, features: ['claim'] } },
    { env: { TRIBUTARY_API_AUTH_STRING: 'ada:long-password' } },
  );
  await host.ended;
  expect(worker.server.messages()).toEqual(['child has none', '******** and ********']);
  const calls = worker.server.calls.filter(({ path }) => path !== '/health');
  expect(new Set(calls.map(({ headers }) => headers.authorization))).toEqual(new Set(['Basic YWRhOmxvbmctcGFzc3dvcmQ=']));
});

it('process.exit after 20,000 log lines loses none of them', async () => {
  const { host } = await worker.begin(`
    export const main = flow(${options}, async () => {
      for (let line = 0; line < 20_000; line += 1) logger.info('line ' + line + ' ' + 'x'.repeat(100));
      process.exit(3);
    });`);
  expect((await host.ended).code).toBe(3);
  expect(worker.server.messages()).toHaveLength(20_000);
  expect(worker.server.messages().at(-1)).toMatch(/^line 19999 /);
});

it('a run loses nothing when the server restarts in the middle of it', async () => {
  const { host, run, root } = await worker.begin(`
    ${untilGo}
    const step = task({ name: 'step' }, async (n: number) => n);
    export const main = flow(${options}, async () => {
      logger.info('before');
      await untilGo();
      for (let n = 0; n < 100; n += 1) { await step(n); logger.info('line ' + n); }
      return 'done';
    });`);
  await worker.server.until(() => worker.server.messages().includes('before'));
  await worker.server.stop();
  writeFileSync(join(root, 'go'), '');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await worker.server.start();
  expect((await host.ended).code).toBe(0);
  expect(run.state.type).toBe('COMPLETED');
  expect(worker.server.messages().filter((message) => message.startsWith('line '))).toEqual(
    Array.from({ length: 100 }, (_, n) => `line ${n}`),
  );
  expect(new Set(worker.server.events.map(({ resource }) => resource['prefect.resource.id'])).size).toBe(100);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
