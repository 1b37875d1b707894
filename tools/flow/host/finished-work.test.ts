import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, describe, expect, it } from 'vitest';

import type { HostProcess } from '../test-support/host-process.ts';
import { removeHostCache, StandInWorker } from '../test-support/stand-in-worker.ts';

afterAll(removeHostCache);

const workerGone = (host: HostProcess): void => {
  host.child.stdout?.destroy();
  host.child.stderr?.destroy();
  host.child.disconnect();
};
const send = (reason: string) => (host: HostProcess) => void host.child.send({ type: 'cancel', reason });
const stops: [string, (host: HostProcess) => void][] = [
  ['its worker is gone', workerGone],
  ['its worker stops', send('worker stopping')],
  ['it gets a SIGTERM', (host) => void host.child.kill('SIGTERM')],
];

type Finished = (end: () => Promise<void>) => void;

/** A run whose body says `begun`, and then does what the source says. */
async function begin(onTestFinished: Finished, body: string, { plain = false, before = '' } = {}) {
  const worker = await StandInWorker.start();
  onTestFinished(() => worker.close());
  const { server } = worker;
  const begun = await worker.begin(
    `const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    ${before}
    export const main = flow({ name: 'export' }, async () => {
      logger.info('begun');
      ${body}
    });`,
    plain ? { api: { url: server.url, credential: null, features: [] }, claim: null } : {},
    plain ? { run: { claim: null } } : {},
  );
  await server.until(() => server.messages().includes('begun'), 30);
  return { ...begun, server };
}

/** Lets the server take the line `last` only when told. */
function holdLast({ server }: Awaited<ReturnType<typeof begin>>): () => void {
  const gate = Promise.withResolvers<void>();
  server.hold = (call, body) => (call === 'POST /logs/' && JSON.stringify(body).includes('last') ? gate.promise : undefined);
  return gate.resolve;
}

describe.concurrent('a run whose process has to go', () => {
  it.for(stops)('completes when its body returns though %s, with its result', async ([, stop], { onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `await sleep(1500); return { rows: 7 };`);
    stop(host);
    await host.ended;
    expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: { rows: 7 } } });
    expect(server.proposals(run.id)).toEqual(['RUNNING', 'COMPLETED']);
  });

  it('a body that writes to the streams of a worker that is gone completes its run', async ({ onTestFinished }) => {
    const { host, run } = await begin(
      onTestFinished,
      `
    for (let line = 0; line < 30; line += 1) { process.stdout.write('out\\n'); process.stderr.write('err\\n'); await sleep(30); }`,
    );
    workerGone(host);
    await host.ended;
    expect(run.state.type).toBe('COMPLETED');
  });

  it('a cancel counts, though the body returns, and though the worker dies after it', async ({ onTestFinished }) => {
    const { host, run } = await begin(onTestFinished, `await sleep(1500);`);
    send('cancelled')(host);
    await sleep(100);
    workerGone(host);
    await host.ended;
    expect(run.state.type).toBe('CANCELLED');
  });

  const left = `const long = task({ name: 'long' }, async () => sleepUntil(30_000, run().signal));
    const sleepUntil = (ms: number, signal: AbortSignal) => new Promise((resolve, reject) => {
      setTimeout(resolve, ms); signal.addEventListener('abort', () => reject(signal.reason)); });
    const child = flow({ name: 'child' }, async () => { await sleepUntil(30_000, run().signal); });
    const short = task({ name: 'short' }, async () => { await sleep(1500); return 1; });`;
  it.for([
    ['a task that nobody looked at', `long.submit(); await sleep(500);`],
    ['a task whose end alone was waited for', `await long.submit().wait();`],
    ['a task whose failure was caught', `await long().catch(() => undefined);`],
    ['a call that was refused', `await sleep(1500); await short().catch(() => undefined);`],
    ['a child flow whose failure was caught', `await child({}).catch(() => undefined);`],
  ])(
    'a body that returns without %s, cut short by the stop, has not done all its work: CRASHED',
    async ([, body = ''], { onTestFinished }) => {
      const { host, run } = await begin(onTestFinished, body, { before: left });
      workerGone(host);
      await host.ended;
      expect(run.state).toMatchObject({ type: 'CRASHED', message: expect.stringMatching(/worker that started this run is gone/) });
    },
  );

  it('a task and a child flow that were left underway, and end well after the stop, complete the run', async ({ onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `const other = short.submit(); void other; return late({});`, {
      before: `${left} const late = flow({ name: 'late' }, async () => { await sleep(1500); return 'kept'; });`,
    });
    // A child flow that has not begun by then is cut short.
    await server.until(() => [...server.runs.values()].filter(({ state }) => state.type === 'RUNNING').length === 2);
    workerGone(host);
    await host.ended;
    expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: 'kept' } });
    expect([...server.runs.values()].map(({ state }) => state.type)).toEqual(['COMPLETED', 'COMPLETED']);
  });

  it.for<[string, string, (host: HostProcess) => void]>([
    ['without a', `setTimeout(() => { throw new Error('escaped'); }, 10);`, () => undefined],
    ['after the', `run().signal.addEventListener('abort', () => { void Promise.reject(new Error('escaped')); });`, workerGone],
  ])('crashes by an exception that escapes %s stop, though its body returns', async ([, code, stop], { onTestFinished }) => {
    const { host, run } = await begin(onTestFinished, `${code} await sleep(1500); return 'kept';`);
    stop(host);
    await host.ended;
    expect(run.state.type).toBe('CRASHED');
  });

  it('what the flow itself is proposing is not overtaken by the crash of a process that has to go', async ({ onTestFinished }) => {
    const begun = await begin(onTestFinished, `await sleep(1500); logger.info('last'); return 'kept';`);
    const { host, run, server } = begun;
    const letGo = holdLast(begun);
    workerGone(host);
    // Seven seconds after the stop a run is ended over the head of its code.
    await sleep(7500);
    letGo();
    await host.ended;
    expect(server.proposals(run.id)).toEqual(['RUNNING', 'COMPLETED']);
    expect(run.state.type).toBe('COMPLETED');
  });

  it('a body that returns after its grace, while its last lines are still on their way, completes its run', async ({ onTestFinished }) => {
    const begun = await begin(onTestFinished, `await sleep(500); logger.info('last'); await sleep(5200); return 'kept';`);
    const { host, run, server } = begun;
    const letGo = holdLast(begun);
    workerGone(host);
    await sleep(6500);
    letGo();
    await host.ended;
    expect(server.proposals(run.id)).toEqual(['RUNNING', 'COMPLETED']);
  });
});

describe.concurrent('where no claim holds a run', () => {
  const elsewhere: [string, string[]][] = [
    ['was settled by another worker', ['CRASHED']],
    ['was settled, retried and begun elsewhere', ['CRASHED', 'SCHEDULED', 'PENDING', 'RUNNING']],
    ['was completed by hand', ['COMPLETED']],
  ];
  it.for(elsewhere)('one that %s stays as it is when its host was stopped', async ([, types], { onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `await sleep(1500); return 'kept';`, { plain: true });
    workerGone(host);
    for (const type of types) server.write(run.id, { type });
    const { state } = run;
    await host.ended;
    expect(server.proposals(run.id)).toEqual(['RUNNING']);
    expect(run.state).toBe(state);
  });

  it.for(elsewhere)('one that %s stays as it is when its host was cut off for some seconds', async ([, types], { onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `await sleep(4000); return 'kept';`, { plain: true });
    for (const type of types) server.write(run.id, { type });
    const { state } = run;
    await host.ended;
    expect(run.state).toBe(state);
    expect(host.done).toEqual({ type: 'done', state: null });
  });

  it('one that somebody paused and resumed meanwhile completes', async ({ onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `await sleep(1500); return 'kept';`, { plain: true });
    for (const type of ['PAUSED', 'RUNNING']) server.write(run.id, { type });
    workerGone(host);
    await host.ended;
    expect(run.state.type).toBe('COMPLETED');
  });

  it('a child run in the process of a settled one stays settled', async ({ onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `return late({});`, {
      before: `const late = flow({ name: 'late' }, async () => { logger.info('child'); await sleep(1500); return 1; });`,
    });
    await server.until(() => server.messages().includes('child'));
    workerGone(host);
    const child = [...server.runs.values()].find(({ id }) => id !== run.id);
    server.write(child?.id ?? '', { type: 'CRASHED' });
    await host.ended;
    expect(child?.state.type).toBe('CRASHED');
  });
});

it('of runs whose bodies end at any moment after their worker is gone, those are completed that wrote at their end', async ({
  onTestFinished,
}) => {
  const count = 8;
  const one = async (nth: number) => {
    const lasts = Math.round(((nth + Math.random()) / count) * 9000);
    const { host, run, root } = await begin(
      onTestFinished,
      `for (const end = performance.now() + ${lasts}; performance.now() < end; ) await sleep(Math.max(1, Math.min(50, end - performance.now())));
      writeFileSync('done', '');
      return ${lasts};`,
      { before: `import { writeFileSync } from 'node:fs';` },
    );
    workerGone(host);
    await host.ended;
    return { lasts, type: run.state.type, wanted: existsSync(join(root, 'done')) ? 'COMPLETED' : 'CRASHED' };
  };
  const runs = await Promise.all(Array.from({ length: count }, (_, nth) => one(nth)));
  expect(runs.filter(({ type, wanted }) => type !== wanted)).toEqual([]);
  expect(new Set(runs.map(({ type }) => type))).toEqual(new Set(['COMPLETED', 'CRASHED']));
});
