import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { marking, readMarks } from '../prefect/marks.ts';
import { install, type EmbeddedInstallation } from '../support/installation.ts';
import { descendants, type Running, survivors } from '../support/process.ts';

let on: EmbeddedInstallation;
let marks: ReturnType<typeof readMarks>;

beforeAll(async () => {
  on = await install(marking);
  marks = readMarks(on.workspace.home);
  await on.deploy('marks');
});
afterAll(() => on?.close());

/** Starts runs that ignore signals, stops their worker and waits for the end of all processes. @returns the actual and the wanted states */
async function endAfter(name: string, flags: readonly string[], stop: (worker: Running) => void | Promise<void>) {
  const worker = await on.startWorker(name, ['--limit', '6', ...flags]);
  const runs = await Promise.all(
    // The grace period is 5 s. Code that returns after about 5 s may leave its mark although its run has already Crashed, so no run
    // takes about 5 s here.
    [1.5, 2, 2.5, 3, 30, 30].map(async (seconds, nth) => {
      const mark = `${name}-${nth}`;
      return { mark, id: await on.trigger('work/here', { mark, seconds: seconds + Math.random() / 2, deaf: true }) };
    }),
  );
  await Promise.all(runs.map(({ mark }) => marks.started(mark)));
  const all = descendants(worker.pid);
  await stop(worker);
  expect(await survivors(all, 15)).toEqual([]);
  const types = await Promise.all(runs.map(async ({ id }) => (await on.ended(id)).state_type));
  return { types, wanted: runs.map(({ mark }) => (marks.done(mark) > 0 ? 'COMPLETED' : 'CRASHED')) };
}

describe('runs whose code returns within the grace are Completed, and all others are Crashed', () => {
  it('after kill −9 of their worker', async () => {
    const { types, wanted } = await endAfter('killed', [], (worker) => worker.kill('SIGKILL'));
    expect(types).toEqual(wanted);
    expect(new Set(types)).toEqual(new Set(['COMPLETED', 'CRASHED']));
  });

  it('when their worker stops without draining', async () => {
    const { types, wanted } = await endAfter('stopped', [], (worker) => worker.kill('SIGTERM'));
    expect(types).toEqual(wanted);
    expect(new Set(types)).toEqual(new Set(['COMPLETED', 'CRASHED']));
  });

  it('when the draining of their worker is cut short', async () => {
    const { types, wanted } = await endAfter('drained', ['--drain-seconds', '60'], async (worker) => {
      worker.kill('SIGTERM');
      await expect.poll(() => marks.done('drained-0'), { timeout: 15_000 }).toBe(1);
      worker.kill('SIGTERM');
    });
    expect(types).toEqual(wanted);
    expect(new Set(types)).toEqual(new Set(['COMPLETED', 'CRASHED']));
  });
});
