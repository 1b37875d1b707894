import { setTimeout as sleep } from 'node:timers/promises';

import type { FlowRunId } from '@tributary/contract';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { installOn, type Installation } from '../support/installation.ts';
import { type Fault, type Proxy, startProxy } from '../support/proxy.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';
import { nx, type Running } from '../support/process.ts';
import { inPool, marking, readMarks } from './marks.ts';

let prefect: Prefect;
let proxy: Proxy;
let on: Installation;
let marks: ReturnType<typeof readMarks>;

beforeAll(async () => {
  prefect = await startPrefect();
  proxy = await startProxy(prefect.url);
  on = await installOn({ TRIBUTARY_API_URL: proxy.url }, marking);
  marks = readMarks(on.workspace.home);
  await on.deploy('marks');
});
afterEach(() => {
  proxy.fault = () => undefined;
});
afterAll(async () => {
  await on?.close();
  await proxy?.close();
  await prefect?.stop();
});

/** Starts a worker, and stops it at the end of the test. */
async function startWorker(name: string, flags: readonly string[] = []): Promise<Running> {
  const worker = await on.startWorker(name, flags);
  onTestFinished(async () => void (await worker.stop()));
  return worker;
}

const said = async (id: FlowRunId) =>
  (await on.client.filterLogs({ body: { logs: { flow_run_id: { any_: [id] } }, sort: 'TIMESTAMP_ASC' } })).data.map(
    ({ message }) => message,
  );
const steps = (count: number) => Array.from({ length: count }, (_, index) => `step ${index + 1}`);

/** Expects that a run is complete: started once, finished once, Completed, with every log line and task run. */
async function expectWhole(where: Installation, id: FlowRunId, mark: string, seconds: number): Promise<void> {
  const left = readMarks(where.workspace.home);
  expect(await where.ended(id, 120)).toMatchObject({ state_type: 'COMPLETED', run_count: 1 });
  expect([left.begun(mark).length, left.done(mark)]).toEqual([1, 1]);
  const tasks = async () => (await on.client.filterTaskRuns({ body: { flow_runs: { id: { any_: [id] } } } })).data;
  // Log lines and task runs arrive in batches, a moment after the run's state.
  for (const end = Date.now() + 30_000; Date.now() < end && (await said(id)).length < seconds * 2;) await sleep(250);
  const completed = async () => (await tasks()).filter(({ state_type }) => state_type === 'COMPLETED').length;
  for (const end = Date.now() + 30_000; Date.now() < end && (await completed()) < seconds * 2;) await sleep(250);
  expect((await said(id)).filter((line) => line.startsWith('step'))).toEqual(steps(seconds * 2));
  expect((await tasks()).map(({ name, state_type }) => `${name} ${state_type}`).toSorted()).toEqual(
    steps(seconds * 2)
      .map((name) => `${name} COMPLETED`)
      .toSorted(),
  );
}

describe('a server that is started again in the middle of a run', () => {
  it('gets all reports: the run continues and is Completed, with its logs and task runs', async () => {
    const worker = await startWorker('through', ['--heartbeat-seconds', '1']);
    const id = await on.trigger('work/here', { mark: 'restart', seconds: 6 });
    await marks.started('restart');
    prefect.kill('SIGKILL');
    await prefect.running.ended;
    // The run ends while there is no server. The server is down for longer than three heartbeats of a worker.
    await expect.poll(() => marks.done('restart'), { timeout: 30_000 }).toBe(1);
    await prefect.restart();
    await expectWhole(on, id, 'restart', 6);
    await worker.printed(/The server answers again/);
    expect(worker.output().match(/The server is unreachable/g)).toHaveLength(1);
    const next = await on.trigger('work/here', { mark: 'after restart' });
    expect((await on.ended(next, 60)).state_type).toBe('COMPLETED');
  });
});

describe.concurrent.each<[string, Fault]>([
  ['429', { status: 429, headers: { 'retry-after': '2' }, body: '{"detail":"Too many requests"}' }],
  ['502', { status: 502, body: '<html><body>Bad gateway</body></html>' }],
  ['nothing', 'silence'],
])('a server that answers %s for 30 s', (name, fault) => {
  it('loses no run, and no run starts twice; commands give up soon, with a sentence', async ({ onTestFinished: finished }) => {
    const way = await startProxy(prefect.url);
    const here = await installOn({ TRIBUTARY_API_URL: way.url }, inPool(name));
    finished(async () => {
      way.fault = () => undefined;
      await here.close();
      await way.close();
    });
    await here.deploy('marks');
    const worker = await here.startWorker(name, ['--limit', '2', '--pool', name]);
    const traces = readMarks(here.workspace.home);
    const deployment = `work/${name}` as const;
    const running = await here.trigger(deployment, { mark: 'running', seconds: 4 });
    await traces.started('running', 60);
    const waiting = await here.trigger(deployment, { mark: 'waiting', seconds: 1 });
    const from = performance.now();
    way.fault = () => fault;
    const commands = [
      ['deployment', 'ls'],
      ['deployment', 'run', deployment],
      ['worker', 'start', '--name', 'other'],
    ];
    const env = { TRIBUTARY_API_URL: way.url, TRIBUTARY_HOME: here.workspace.home };
    const endings = [
      ...commands.map((args) => here.command(args).ended),
      nx(['run', 'ints-marks:deploy'], { cwd: here.workspace.root, env }).ended,
    ];
    for (const { code, stdout, stderr } of await Promise.all(endings)) {
      expect(code).toBe(1);
      expect(stdout + stderr).toMatch(/(No server answers|The server) at http:.*\.|got no answer/);
      expect(stdout + stderr).not.toMatch(/^ +at |node:internal/m);
    }
    expect(performance.now() - from).toBeLessThan(29_000);
    await sleep(30_000 - (performance.now() - from));
    const asked = way.requests.filter(({ at }) => at > from).length;
    way.fault = () => undefined;
    await worker.printed(/The server answers again/, 60_000);
    await expectWhole(here, running, 'running', 4);
    await expectWhole(here, waiting, 'waiting', 1);
    expect(asked).toBeLessThan(120);
  }, 180_000);
});

it('lost answers change nothing: runs start once, and are reported once', async () => {
  let lost = 0;
  // Every third write is done, but its answer is lost.
  let writes = 0;
  proxy.fault = ({ method, path }) => {
    const isOnce = method !== 'GET' && /set_state|labels|flow_runs\/[^/]+$|events|heartbeat/.test(path);
    if (!isOnce || (writes += 1) % 3 > 0) return undefined;
    lost += 1;
    return 'lost answer';
  };
  await startWorker('lossy');
  const ids = [];
  for (let n = 0; n < 6; n += 1) ids.push(await on.trigger('work/here', { mark: `lossy ${n}`, seconds: 1 }));
  for (const [n, id] of ids.entries()) await expectWhole(on, id, `lossy ${n}`, 1);
  expect(lost).toBeGreaterThan(6);
});
