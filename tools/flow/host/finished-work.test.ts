import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import type { HostProcess } from '../test-support/host-process.ts';
import { StandInWorker } from '../test-support/stand-in-worker.ts';

const workerGone = (host: HostProcess): void => {
  host.child.stdout?.destroy();
  host.child.stderr?.destroy();
  host.child.disconnect();
};
const send = (reason: string) => (host: HostProcess) => void host.child.send({ type: 'cancel', reason });
const stops: [string, (host: HostProcess) => void][] = [
  ['its worker has exited', workerGone],
  ['its worker stops', send('worker stopping')],
  ['it gets a SIGTERM', (host) => void host.child.kill('SIGTERM')],
];

type Finished = (end: () => Promise<void>) => void;

/** Starts a run that logs `begun` and then executes the code in `body`. There, `await stopped()` waits for the signal to stop. */
async function begin(onTestFinished: Finished, body: string, { plain = false, before = '' } = {}) {
  const worker = await StandInWorker.start();
  onTestFinished(() => worker.close());
  const { server } = worker;
  const begun = await worker.begin(
    `const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    const stopped = () => new Promise<void>((resolve) => run().signal.addEventListener('abort', () => resolve()));
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

/** Holds back the server's answer to the log line `last`. @returns a function that lets the server answer */
function holdLast({ server }: Awaited<ReturnType<typeof begin>>): () => void {
  const gate = Promise.withResolvers<void>();
  server.hold = (call, body) => (call === 'POST /logs/' && JSON.stringify(body).includes('last') ? gate.promise : undefined);
  return gate.resolve;
}

describe.concurrent('a run whose process has to exit', () => {
  it.for(stops)('completes with its result when its body returns although %s', async ([, stop], { onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `await stopped(); return { rows: 7 };`);
    stop(host);
    await host.ended;
    expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: { rows: 7 } } });
    expect(server.proposals(run.id)).toEqual(['RUNNING', 'COMPLETED']);
  });

  it('completes although its body writes to the streams of a worker that has exited', async ({ onTestFinished }) => {
    const { host, run } = await begin(
      onTestFinished,
      `
    await stopped();
    for (let line = 0; line < 30; line += 1) { process.stdout.write('out\\n'); process.stderr.write('err\\n'); await sleep(10); }`,
    );
    workerGone(host);
    await host.ended;
    expect(run.state.type).toBe('COMPLETED');
  });

  it('ends as cancelled although its body returns, and although its worker dies after the cancel', async ({ onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `await stopped(); logger.info('stopping'); await sleep(1000);`);
    send('cancelled')(host);
    await server.until(() => server.messages().includes('stopping'));
    workerGone(host);
    await host.ended;
    expect(run.state.type).toBe('CANCELLED');
  });

  const left = `const long = task({ name: 'long' }, async () => sleepUntil(30_000, run().signal));
    const sleepUntil = (ms: number, signal: AbortSignal) => new Promise((resolve, reject) => {
      setTimeout(resolve, ms); signal.addEventListener('abort', () => reject(signal.reason)); });
    const child = flow({ name: 'child' }, async () => { await sleepUntil(30_000, run().signal); });
    const short = task({ name: 'short' }, async () => { await stopped(); await sleep(300); return 1; });`;
  it.for([
    ['a task that it did not await', `long.submit(); await stopped();`],
    ['a task whose end it awaited, but not its result', `await long.submit().wait();`],
    ['a task whose failure it caught', `await long().catch(() => undefined);`],
    ['a task that had not begun', `await stopped(); await short().catch(() => undefined);`],
    ['a child flow whose failure it caught', `await child({}).catch(() => undefined);`],
  ])('is CRASHED when its body returns after the stop has cut short %s', async ([, body = ''], { onTestFinished }) => {
    const { host, run } = await begin(onTestFinished, body, { before: left });
    workerGone(host);
    await host.ended;
    expect(run.state).toMatchObject({ type: 'CRASHED', message: expect.stringMatching(/worker that started this run has exited/) });
  });

  it('completes with a task and a child flow that end after the stop', async ({ onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `const other = short.submit(); void other; return late({});`, {
      before: `${left} const late = flow({ name: 'late' }, async () => { await stopped(); await sleep(300); return 'kept'; });`,
    });
    // Waits until the child flow has begun, too: otherwise the stop would end the child flow immediately.
    await server.until(() => [...server.runs.values()].filter(({ state }) => state.type === 'RUNNING').length === 2);
    workerGone(host);
    await host.ended;
    expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: 'kept' } });
    expect([...server.runs.values()].map(({ state }) => state.type)).toEqual(['COMPLETED', 'COMPLETED']);
  });

  it.for<[string, string, (host: HostProcess) => void]>([
    ['without a stop', `setTimeout(() => { throw new Error('escaped'); }, 10);`, () => undefined],
    ['after the stop', `run().signal.addEventListener('abort', () => { void Promise.reject(new Error('escaped')); });`, workerGone],
  ])('crashes after an uncaught error %s, although its body returns', async ([, code, stop], { onTestFinished }) => {
    const { host, run } = await begin(onTestFinished, `${code} await stopped(); await sleep(300); return 'kept';`);
    stop(host);
    await host.ended;
    expect(run.state.type).toBe('CRASHED');
  });

  it('ends as its flow proposes, although the proposal takes until after the grace period', async ({ onTestFinished }) => {
    const begun = await begin(onTestFinished, `await stopped(); logger.info('last'); return 'kept';`);
    const { host, run, server } = begun;
    const release = holdLast(begun);
    workerGone(host);
    // Seven seconds after the stop, the host ends a run whose code is still running.
    await sleep(7500);
    release();
    await host.ended;
    expect(server.proposals(run.id)).toEqual(['RUNNING', 'COMPLETED']);
    expect(run.state.type).toBe('COMPLETED');
  });

  it('completes when its body returns after the grace period while its last log lines are being sent', async ({ onTestFinished }) => {
    const begun = await begin(onTestFinished, `await stopped(); logger.info('last'); await sleep(5300); return 'kept';`);
    const { host, run, server } = begun;
    const release = holdLast(begun);
    workerGone(host);
    await sleep(6500);
    release();
    await host.ended;
    expect(server.proposals(run.id)).toEqual(['RUNNING', 'COMPLETED']);
  });
});

describe.concurrent('on a server without claims, a run', () => {
  const elsewhere: [string, string[]][] = [
    ['was settled by another worker', ['CRASHED']],
    ['was settled, retried and begun by another worker', ['CRASHED', 'SCHEDULED', 'PENDING', 'RUNNING']],
    ['was completed by hand', ['COMPLETED']],
  ];
  it.for(elsewhere)('that %s stays as it is when its host is stopped', async ([, types], { onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `await stopped(); return 'kept';`, { plain: true });
    workerGone(host);
    for (const type of types) server.write(run.id, { type });
    const { state } = run;
    await host.ended;
    expect(server.proposals(run.id)).toEqual(['RUNNING']);
    expect(run.state).toBe(state);
  });

  it.for(elsewhere)('that %s stays as it is when its host was cut off for some seconds', async ([, types], { onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `await sleep(4000); return 'kept';`, { plain: true });
    for (const type of types) server.write(run.id, { type });
    const { state } = run;
    await host.ended;
    expect(run.state).toBe(state);
    expect(host.done).toEqual({ type: 'done', state: null });
  });

  it('that was paused and resumed in the meantime completes', async ({ onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `await stopped(); return 'kept';`, { plain: true });
    for (const type of ['PAUSED', 'RUNNING']) server.write(run.id, { type });
    workerGone(host);
    await host.ended;
    expect(run.state.type).toBe('COMPLETED');
  });

  it('in the process of a settled parent stays settled', async ({ onTestFinished }) => {
    const { host, run, server } = await begin(onTestFinished, `return late({});`, {
      before: `const late = flow({ name: 'late' }, async () => { logger.info('child'); await stopped(); return 1; });`,
    });
    await server.until(() => server.messages().includes('child'));
    workerGone(host);
    const child = [...server.runs.values()].find(({ id }) => id !== run.id);
    server.write(child?.id ?? '', { type: 'CRASHED' });
    await host.ended;
    expect(child?.state.type).toBe('CRASHED');
  });
});

it('of runs whose bodies end at any moment after their worker has exited, exactly those that reached their end complete', async ({
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
