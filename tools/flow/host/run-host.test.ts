import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { HostProcess, ticketFor } from '../test-support/host-process.ts';
import { StandInServer } from '../test-support/stand-in-server.ts';
import { createWorkTree, type WorkTree } from '../test-support/work-tree.ts';

const hosts: HostProcess[] = [];
let server: StandInServer;
let cache: string;
let tree: WorkTree | undefined;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'tributary-host-cache-'));
});
afterAll(() => rm(cache, { recursive: true, force: true }));
beforeEach(async () => {
  server = await new StandInServer().start();
});
afterEach(async () => {
  for (const host of hosts.splice(0)) host.kill();
  await server.stop();
  await tree?.remove();
  tree = undefined;
});

const head =
  `import { flow, task, logger, run, runDeployment, secret, variable, tableArtifact } from '@tributary/flow'; ` +
  `const untilStopped = (signal: AbortSignal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));\n`;
const options = `{ name: 'export' }`;

function startHost(): HostProcess {
  const host = new HostProcess({ TRIBUTARY_API_URL: server.url, NODE_COMPILE_CACHE: cache });
  hosts.push(host);
  return host;
}

/** Starts a host, and gives it a run of `flows/api.ts:main`, whose source is given. */
async function start(source: string, change: Record<string, unknown> = {}, how: { run?: Parameters<StandInServer['addRun']>[0] } = {}) {
  tree = await createWorkTree({ 'flows/api.ts': head + source });
  const host = startHost();
  const run = server.addRun(how.run);
  await host.ready;
  host.child.send(ticketFor(server, run, { root: tree.root, entrypoint: 'flows/api.ts:main', ...change }));
  return { host, run, root: tree.root };
}

test('runs a flow to its end: RUNNING, its logs, COMPLETED with the result, done', async () => {
  const { host, run } = await start(`
    export const main = flow(${options}, async () => {
      logger.info('first line');
      console.log('a printed line');
      return { rows: 7 };
    });`);
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(host.done).toEqual({ type: 'done', state: 'COMPLETED' });
  expect(server.proposals(run.id)).toEqual(['RUNNING', 'COMPLETED']);
  expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: { rows: 7 } } });
  expect(server.messages()).toEqual(expect.arrayContaining(['first line', 'a printed line']));
  expect(host.output).toBe('');
});

test('gives the run its facts, folder, variables and parameters', async () => {
  const { host, run, root } = await start(
    `
    import { z } from 'zod';
    export const main = flow({ name: 'export', parameters: z.object({ limit: z.int(), page: z.int().default(3) }) }, async (parameters) => {
      const { deployment, attempt, dataDir, tags } = run();
      return { parameters, deployment, attempt, dataDir, tags, cwd: process.cwd(), variable: process.env.MY_VARIABLE };
    });`,
    { parameters: { limit: 5 }, env: { MY_VARIABLE: 'from the deployment' }, tags: ['a'] },
  );
  await host.ended;
  expect(run.state['data']).toEqual({
    value: {
      parameters: { limit: 5, page: 3 },
      deployment: 'export/nightly',
      attempt: 1,
      dataDir: `${root}/.tributary/data`,
      tags: ['a'],
      cwd: root,
      variable: 'from the deployment',
    },
  });
});

test('an error fails the run with its message', async () => {
  const { host, run } = await start(`export const main = flow(${options}, async () => { throw new Error('the API is closed'); });`);
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(host.done).toEqual({ type: 'done', state: 'FAILED' });
  expect(run.state).toMatchObject({ type: 'FAILED', message: 'the API is closed' });
  expect(server.messages().join()).toContain('the API is closed');
});

test('parameters that do not fit fail the run before it begins', async () => {
  const { host, run } = await start(
    `import { z } from 'zod';
     export const main = flow({ name: 'export', parameters: z.object({ limit: z.int() }) }, async () => 'ran');`,
    { parameters: { limit: 'many' } },
  );
  await host.ended;
  expect(server.proposals(run.id)).toEqual(['FAILED']);
  expect(run.state['message']).toMatch(/limit/);
});

test('a flow with retries is retried in the same process, and its policy is told to the server', async () => {
  const { host, run } = await start(
    `export const main = flow({ name: 'export', retries: 2, retryDelay: '1s' }, async () => {
      if (run().attempt < 3) throw new Error('attempt ' + run().attempt);
      return run().attempt;
    });`,
    {},
    { run: { policy: { pause_keys: ['kept'] } } },
  );
  await host.ended;
  expect(server.proposals(run.id)).toEqual(['RUNNING', 'FAILED', 'RUNNING', 'FAILED', 'RUNNING', 'COMPLETED']);
  expect(run.policy).toMatchObject({ retries: 2, retry_delay: 1, pause_keys: ['kept'] });
  expect(run.state['data']).toEqual({ value: 3 });
});

test('WAIT is waited for, ABORT stops before user code runs', async () => {
  server.decisions.push(
    { type: 'RUNNING', answer: { status: 'WAIT', details: { type: 'wait_details', delay_seconds: 0.2, reason: 'not yet' } } },
    { type: 'RUNNING', answer: { status: 'ABORT', details: { type: 'abort_details', reason: 'somebody else has it' } } },
  );
  const { host, run } = await start(`export const main = flow(${options}, async () => logger.info('ran'));`);
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(server.proposals(run.id)).toEqual(['RUNNING', 'RUNNING']);
  expect(server.messages()).not.toContain('ran');
  expect(host.done).toMatchObject({ type: 'done' });
});

test('an old claim ends the host without a word about the run', async () => {
  const { host, run } = await start(`export const main = flow(${options}, async () => logger.info('ran'));`, {
    claim: '00000000-0000-4000-8000-000000000000',
  });
  await host.ended;
  expect(run.state.type).toBe('PENDING');
  expect(server.messages()).not.toContain('ran');
});

test('on a server without claims, a run in another state than the worker left is not touched', async () => {
  server.features.length = 0;
  const { host, run } = await start(`export const main = flow(${options}, async () => 1);`, {
    claim: null,
    claimedStateId: '00000000-0000-4000-8000-000000000000',
  });
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(host.done).toEqual({ type: 'done', state: null });
  expect(server.proposals(run.id)).toEqual([]);
});

test('on a server without claims, a run that is ours runs', async () => {
  server.features.length = 0;
  const { host, run } = await start(`export const main = flow(${options}, async () => 1);`, { claim: null }, { run: { claim: null } });
  await host.ended;
  expect(run.state.type).toBe('COMPLETED');
});

test.each([
  ['a syntax error', 'flows/api.ts:main', `export const main = ;`, /flows\/api\.ts:2 has an error/],
  ['a missing import', 'flows/api.ts:main', `import './nowhere.ts';`, /flows\/api\.ts:2 imports what is not there.*nowhere\.ts/],
  ['a file that throws', 'flows/api.ts:main', `\nthrow new Error('no such table');`, /flows\/api\.ts:3 threw.*no such table/],
  [
    'a flow that is not exported',
    'flows/api.ts:main',
    `export const other = flow(${options}, async () => 1);`,
    /exports no flow "main"; it exports other/,
  ],
  ['a file that is gone', 'flows/gone.ts:main', '', /gone\.ts/],
  ['a file outside the work tree', '../../etc/hostname:main', '', /outside the work tree|can't be read/],
])('%s crashes the run with a sentence', async (_, entrypoint, source, sentence) => {
  const { host, run } = await start(source, { entrypoint });
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(run.state).toMatchObject({ type: 'CRASHED', message: expect.stringMatching(sentence) });
  expect(host.done).toEqual({ type: 'done', state: 'CRASHED' });
  expect(server.messages().join('\n')).toMatch(sentence);
  expect(run.state['message']).not.toMatch(/\n\s+at /);
});

test('a data folder that is a file crashes the run with a sentence', async () => {
  const { host, run } = await start(`export const main = flow(${options}, async () => 1);`, { dataDir: '/dev/null/data' });
  await host.ended;
  expect(run.state).toMatchObject({ type: 'CRASHED', message: expect.stringMatching(/data folder \/dev\/null\/data is not usable/) });
});

test('an entrypoint may name a deployment, whose flow runs', async () => {
  tree = await createWorkTree({
    'ints/x/deployments.ts': `import { deployFactory, flow } from '@tributary/flow';
      const inner = flow({ name: 'inner' }, async () => 'from within');
      export const nightly = deployFactory({ name: 'nightly', flow: inner });`,
  });
  const host = startHost();
  const run = server.addRun();
  await host.ready;
  host.child.send(ticketFor(server, run, { root: tree.root, entrypoint: 'ints/x/deployments.ts:nightly' }));
  await host.ended;
  expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: 'from within' } });
});

test('cancel aborts the signal and ends the run CANCELLED', async () => {
  const { host, run: flowRun } = await start(`
    export const main = flow(${options}, async () => {
      logger.info('waiting');
      await untilStopped(run().signal);
    });`);
  await server.until(() => server.messages().includes('waiting'));
  host.child.send({ type: 'cancel', reason: 'cancelled' });
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(flowRun.state.type).toBe('CANCELLED');
  expect(host.done).toEqual({ type: 'done', state: 'CANCELLED' });
});

test.each([
  ['its worker is gone', (host: HostProcess) => host.child.disconnect(), /worker that started this run is gone/],
  ['it gets a SIGTERM', (host: HostProcess) => host.child.kill('SIGTERM'), /SIGTERM/],
  ['its worker stops', (host: HostProcess) => host.child.send({ type: 'cancel', reason: 'worker stopping' }), /worker was stopped/],
])('a run is CRASHED when %s', async (_, end, message) => {
  const { host, run: flowRun } = await start(`
    export const main = flow(${options}, async () => {
      logger.info('waiting');
      await untilStopped(run().signal);
    });`);
  await server.until(() => server.messages().includes('waiting'));
  end(host);
  await host.ended;
  expect(flowRun.state).toMatchObject({ type: 'CRASHED', message: expect.stringMatching(message) });
});

test("a flow that does not listen is CRASHED within ten seconds of its worker's death", async () => {
  const { host, run: flowRun } = await start(`
    export const main = flow(${options}, async () => {
      logger.info('deaf');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`);
  await server.until(() => server.messages().includes('deaf'));
  const began = performance.now();
  host.child.disconnect();
  await host.ended;
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(flowRun.state.type).toBe('CRASHED');
});

test('a host that waits for work exits at once when its worker is gone', async () => {
  const host = startHost();
  await host.ready;
  const began = performance.now();
  host.child.disconnect();
  await host.ended;
  expect(performance.now() - began).toBeLessThan(500);
});

test.each([
  ['an exception', `setTimeout(() => { throw new Error('escaped'); }, 10);`],
  ['a rejection that nobody awaits', `void Promise.reject(new Error('escaped'));`],
])('%s outside the flow crashes the run with its message, and keeps the logs', async (_, code) => {
  const { host, run } = await start(`
    export const main = flow(${options}, async () => {
      logger.info('before');
      ${code}
      await untilStopped(run().signal);
    });`);
  expect((await host.ended).code).toBe(0);
  expect(run.state).toMatchObject({ type: 'CRASHED', message: expect.stringMatching(/escaped/) });
  expect(server.messages()).toContain('before');
});

test('process.exit in user code hands the last logs to the worker, and says no done', async () => {
  const { host } = await start(`
    export const main = flow(${options}, async () => {
      for (let line = 0; line < 20; line += 1) logger.info('line ' + line);
      process.exit(0);
    });`);
  expect(await host.ended).toEqual({ code: 0, signal: null });
  const handed = host.reports.flatMap((report) => (report.type === 'logs' ? report.logs : [])).map(({ message }) => message);
  expect(handed).toEqual(Array.from({ length: 20 }, (_, line) => `line ${line}`));
  expect(host.done).toBeUndefined();
});

test('process.exit after very many logs loses none of them', async () => {
  const { host } = await start(`
    export const main = flow(${options}, async () => {
      for (let line = 0; line < 20_000; line += 1) logger.info('line ' + line + ' ' + 'x'.repeat(100));
      process.exit(3);
    });`);
  expect((await host.ended).code).toBe(3);
  expect(server.messages()).toHaveLength(20_000);
  expect(server.messages().at(-1)).toMatch(/^line 19999 /);
});

test('a server that is restarted in mid-run loses nothing', async () => {
  const { host, run } = await start(`
    const step = task({ name: 'step' }, async (n: number) => n);
    export const main = flow(${options}, async () => {
      logger.info('before');
      await new Promise((resolve) => setTimeout(resolve, 600));
      for (let n = 0; n < 100; n += 1) { await step(n); logger.info('line ' + n); }
      return 'done';
    });`);
  await server.until(() => server.messages().includes('before'));
  await server.stop();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await server.start();
  expect((await host.ended).code).toBe(0);
  expect(run.state.type).toBe('COMPLETED');
  expect(server.messages().filter((message) => message.startsWith('line '))).toEqual(Array.from({ length: 100 }, (_, n) => `line ${n}`));
  expect(new Set(server.events.map(({ resource }) => resource['prefect.resource.id'])).size).toBe(100);
});
