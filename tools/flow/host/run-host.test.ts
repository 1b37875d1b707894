import { afterEach, beforeEach, expect, it } from 'vitest';

import { StandInWorker } from '../test-support/stand-in-worker.ts';

let worker: StandInWorker;
beforeEach(async () => {
  worker = await StandInWorker.start();
});
afterEach(() => worker.close());
const options = `{ name: 'export' }`;

it('runs a flow to its end: RUNNING, its logs, COMPLETED with the result, done', async () => {
  const { host, run } = await worker.begin(`
    export const main = flow(${options}, async () => {
      logger.info('first line');
      console.log('a printed line');
      return { rows: 7 };
    });`);
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(host.done).toEqual({ type: 'done', state: 'COMPLETED' });
  expect(worker.server.proposals(run.id)).toEqual(['RUNNING', 'COMPLETED']);
  expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: { rows: 7 } } });
  expect(worker.server.messages()).toEqual(expect.arrayContaining(['first line', 'a printed line']));
  expect(host.output).toBe('');
});

it('gives the run its facts, working directory, variables and parameters', async () => {
  const { host, run, root } = await worker.begin(
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

it.each([
  [
    'that of a commit, also in child flows',
    3,
    { repository: 'https://github.com/acme/data.git', commit: 'a'.repeat(40), tree: 'b'.repeat(40) },
  ],
  ['null for a local folder', 3, null],
  ['null if its worker knows tickets of version 2 only', 2, undefined],
])('the code of a run is %s', async (_, version, code) => {
  const { host, run } = await worker.begin(
    `const child = flow({ name: 'child' }, () => run().code);
     export const main = flow(${options}, async () => [run().code, await child()]);`,
    { version, ...(code === undefined ? {} : { code }) },
  );
  await host.ended;
  expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: [code ?? null, code ?? null] } });
});

it('a write into fetched code fails with where to write instead', async () => {
  const code = { repository: 'https://github.com/acme/data.git', commit: 'a'.repeat(40), tree: 'b'.repeat(40) };
  const text = `export const main = flow(${options}, async () => {
    throw Object.assign(new Error("EACCES: permission denied, open 'out.csv'"), { code: 'EACCES' });
  });`;
  const { host, run } = await worker.begin(text, { version: 3, code });
  await host.ended;
  const message = "EACCES: permission denied, open 'out.csv'. The code's folder is read-only: write below run().dataDir.";
  expect(run.state).toMatchObject({ type: 'FAILED', message });
});

it('a worker that knows tickets of version 2 only understands that the host is ready', async () => {
  const host = worker.startHost();
  await host.ready;
  // Such a worker ignores the first report, and refuses any other number and any further field in the second one.
  expect(host.reports).toEqual([
    { type: 'ticket versions', oldest: 2, newest: 3 },
    { type: 'ready', ticketVersion: 2 },
  ]);
});

it('a ticket of an unknown version ends the host with a message that names the versions it takes', async () => {
  const { host } = await worker.begin(`export const main = flow(${options}, async () => 1);`, { version: 4 });
  expect((await host.ended).code).toBe(1);
  expect(host.output).toMatch(/takes tickets of versions 2 to 3: .*ticket\.version/);
});

it('a run is renamed before its code runs', async () => {
  const { host, run } = await worker.begin(
    `import { z } from 'zod';
     export const main = flow({ name: 'export', parameters: z.object({ day: z.string() }), runName: 'export {day}' }, () => run().flowRunName);`,
    { parameters: { day: 'monday' } },
  );
  await host.ended;
  expect(run.name).toBe('export monday');
  expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: 'export monday' } });
});

it('an error fails the run with its message', async () => {
  const { host, run } = await worker.begin(`export const main = flow(${options}, async () => { throw new Error('the API is closed'); });`);
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(host.done).toEqual({ type: 'done', state: 'FAILED' });
  expect(run.state).toMatchObject({ type: 'FAILED', message: 'the API is closed' });
  expect(worker.server.messages().join()).toContain('the API is closed');
});

it('parameters that do not fit fail the run before it begins', async () => {
  const { host, run } = await worker.begin(
    `import { z } from 'zod';
     export const main = flow({ name: 'export', parameters: z.object({ limit: z.int() }) }, async () => 'ran');`,
    { parameters: { limit: 'many' } },
  );
  await host.ended;
  expect(worker.server.proposals(run.id)).toEqual(['FAILED']);
  expect(run.state['message']).toMatch(/limit/);
});

it('a flow with retries is retried in the same process, and its retry policy is written to the server', async () => {
  const { host, run } = await worker.begin(
    `export const main = flow({ name: 'export', retries: 2, retryDelay: '1s' }, async () => {
      if (run().attempt < 3) throw new Error('attempt ' + run().attempt);
      return run().attempt;
    });`,
    {},
    { run: { policy: { pause_keys: ['kept'] } } },
  );
  await host.ended;
  expect(worker.server.proposals(run.id)).toEqual(['RUNNING', 'FAILED', 'RUNNING', 'FAILED', 'RUNNING', 'COMPLETED']);
  expect(run.policy).toMatchObject({ retries: 2, retry_delay: 1, pause_keys: ['kept'] });
  expect(run.state['data']).toEqual({ value: 3 });
});

it('after WAIT the host proposes again, and after ABORT no user code runs', async () => {
  worker.server.decisions.push(
    { type: 'RUNNING', answer: { status: 'WAIT', details: { type: 'wait_details', delay_seconds: 0.2, reason: 'not yet' } } },
    { type: 'RUNNING', answer: { status: 'ABORT', details: { type: 'abort_details', reason: 'another worker has it' } } },
  );
  const { host, run } = await worker.begin(`export const main = flow(${options}, async () => logger.info('ran'));`);
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(worker.server.proposals(run.id)).toEqual(['RUNNING', 'RUNNING']);
  expect(worker.server.messages()).not.toContain('ran');
  expect(host.done).toMatchObject({ type: 'done' });
});

it('a host with an old claim ends, and leaves the run as it is', async () => {
  const { host, run } = await worker.begin(`export const main = flow(${options}, async () => logger.info('ran'));`, {
    claim: '00000000-0000-4000-8000-000000000000',
  });
  await host.ended;
  expect(run.state.type).toBe('PENDING');
  expect(worker.server.messages()).not.toContain('ran');
});

it('on a server without claims, a host leaves a run alone if its state is not the one that the worker set', async () => {
  worker.server.features.length = 0;
  const { host, run } = await worker.begin(`export const main = flow(${options}, async () => 1);`, {
    claim: null,
    claimedStateId: '00000000-0000-4000-8000-000000000000',
  });
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(host.done).toEqual({ type: 'done', state: null });
  expect(worker.server.proposals(run.id)).toEqual([]);
});

it('on a server without claims, a run in the state that the worker set runs', async () => {
  worker.server.features.length = 0;
  const { host, run } = await worker.begin(
    `export const main = flow(${options}, async () => 1);`,
    { claim: null },
    { run: { claim: null } },
  );
  await host.ended;
  expect(run.state.type).toBe('COMPLETED');
});

it.each([
  ['a syntax error', 'flows/api.ts:main', `export const main = ;`, /flows\/api\.ts:2: This file has an error/],
  ['a missing import', 'flows/api.ts:main', `import './nowhere.ts';`, /flows\/api\.ts:2: This file imports a missing module.*nowhere\.ts/],
  ['a file that throws', 'flows/api.ts:main', `\nthrow new Error('no such table');`, /flows\/api\.ts:3: This file threw.*no such table/],
  [
    'a flow that is not exported',
    'flows/api.ts:main',
    `export const other = flow(${options}, async () => 1);`,
    /doesn't export a flow "main"; it exports other/,
  ],
  ['a file that does not exist', 'flows/gone.ts:main', '', /gone\.ts/],
  ['a file outside the work tree', '../../etc/hostname:main', '', /outside the work tree|can't be read/],
])('%s crashes the run with a sentence', async (_, entrypoint, source, sentence) => {
  const { host, run } = await worker.begin(source, { entrypoint });
  expect(await host.ended).toEqual({ code: 0, signal: null });
  expect(run.state).toMatchObject({ type: 'CRASHED', message: expect.stringMatching(sentence) });
  expect(host.done).toEqual({ type: 'done', state: 'CRASHED' });
  expect(worker.server.messages().join('\n')).toMatch(sentence);
  expect(run.state['message']).not.toMatch(/\n\s+at /);
});

it('a data folder that is a file crashes the run with a sentence', async () => {
  const { host, run } = await worker.begin(`export const main = flow(${options}, async () => 1);`, { dataDir: '/dev/null/data' });
  await host.ended;
  expect(run.state).toMatchObject({ type: 'CRASHED', message: expect.stringMatching(/Can.t create the data folder \/dev\/null\/data/) });
});

it('an entrypoint may name a deployment, whose flow runs', async () => {
  const { host, run } = await worker.begin(
    '',
    { entrypoint: 'ints/x/deployments.ts:nightly' },
    {
      files: {
        'ints/x/deployments.ts': `import { deployFactory, flow } from '@tributary/flow';
          const inner = flow({ name: 'inner' }, async () => 'from within');
          export const nightly = deployFactory({ name: 'nightly', flow: inner });`,
      },
    },
  );
  await host.ended;
  expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: 'from within' } });
});
