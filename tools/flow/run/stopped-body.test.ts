import { TributaryError } from '@tributary/contract/error';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';

import { markdownArtifact } from '../author/artifact.ts';
import { concurrency, rateLimit } from '../author/concurrency.ts';
import { flow } from '../author/flow.ts';
import { pause } from '../author/pause/pause.ts';
import { runDeployment } from '../author/children/run-deployment.ts';
import { task } from '../author/task.ts';
import { withDeployments } from '../author/children/with-deployments.ts';
import type { SlotPort } from './slots/slot-port.ts';
import { turnUntil, useFakeClock } from './test-support/fake-time.ts';
import { record, type Recording } from './test-support/recording-run.ts';

// What calls a child flow is loaded on first use. The fake clock doesn't wait for that, so it happens here.
beforeAll(async () => {
  const nothing = flow({ name: 'nothing' }, () => undefined);
  await record().start(flow({ name: 'loading' }, () => nothing()));
});
beforeEach(useFakeClock);
afterEach(() => vi.useRealTimers());

const gone = new TributaryError('crashed', 'The worker that started this run has exited.');
const waits = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const nothing = (): undefined => undefined;
/** Slots that are never free. */
const slots: SlotPort = { take: async () => ({ granted: false, retryAfter: 30 }), hold: () => async () => undefined };

/** Stops a flow after 20 ms. @returns the type of its last state */
async function endOf(body: () => Promise<unknown>, stop: unknown = gone, changes: Parameters<typeof record>[0] = {}) {
  const begun = Promise.withResolvers<void>();
  const recording: Recording = record(changes);
  const ended = recording.start(
    flow({ name: 'stopped' }, async () => {
      begun.resolve();
      return body();
    }),
  );
  await begun.promise;
  setTimeout(() => recording.cancel(stop), 20);
  const { completed, state } = await turnUntil(ended);
  return completed ? 'COMPLETED' : state?.type;
}

it.each<[string, unknown, string]>([
  ['its worker has died', gone, 'COMPLETED'],
  ['its run was cancelled', new TributaryError('cancelled', 'The run was cancelled.'), 'CANCELLED'],
  ['its run has timed out', new TributaryError('timeout', 'The run took too long.'), 'FAILED'],
])('the last state of a run whose body returns after %s', async (_, reason, type) => {
  expect(await endOf(() => waits(60), reason)).toBe(type);
});

it('a run whose body returns in a process that is no longer trusted is Crashed', async () => {
  expect(await endOf(() => waits(60), gone, { trusted: false })).toBe('CRASHED');
});

const quick = task({ name: 'quick' }, () => 1);
const slow = task({ name: 'slow' }, () => waits(60));
const failing = task({ name: 'failing', retries: 3, retryDelay: '10s' }, async () => {
  throw new Error('not yet');
});
const child = flow({ name: 'child' }, async () => void (await waits(60)));
const cut = flow({ name: 'cut' }, async () => void (await failing()));
const unlucky = flow({ name: 'unlucky' }, () => {
  throw new Error('of its own');
});
it.each<[string, () => Promise<unknown>, string]>([
  ['a task that was running has ended', () => slow(), 'COMPLETED'],
  ['a task that was not awaited has ended', async () => void slow.submit(), 'COMPLETED'],
  ['a child flow has ended', () => child(), 'COMPLETED'],
  ['a child flow failed before the stop', () => unlucky().then(nothing, () => waits(60)), 'COMPLETED'],
  ['a task was refused', () => waits(60).then(() => quick().catch(nothing)), 'CRASHED'],
  ['a submitted task was refused', () => waits(60).then(() => Promise.try(() => void quick.submit()).catch(nothing)), 'CRASHED'],
  ['a task waited for its retry', () => failing().catch(nothing), 'CRASHED'],
  [
    'a task waited for another one',
    () =>
      quick
        .with({ waitFor: [slow.submit()] })()
        .catch(nothing),
    'CRASHED',
  ],
  ['a child flow was cut short', () => cut().catch(nothing), 'CRASHED'],
  ['a child flow was refused', () => waits(60).then(() => child().catch(nothing)), 'CRASHED'],
  ['an artifact was refused', () => waits(60).then(() => markdownArtifact({ key: 'a', markdown: 'a' }).catch(nothing)), 'CRASHED'],
  ['a run of a deployment was refused', () => waits(60).then(() => runDeployment.unchecked('other/one').catch(nothing)), 'CRASHED'],
  ['the slots did not become free', () => concurrency('db', () => 1).catch(nothing), 'CRASHED'],
  ['the rate limit did not become free', () => rateLimit('db').catch(nothing), 'CRASHED'],
  ['a pause was refused', () => waits(60).then(() => pause().catch(nothing)), 'CRASHED'],
])('the last state of a run whose body returns after its worker has died, where %s', async (_, body, type) => {
  expect(await withDeployments.unchecked({ 'other/one': () => 1 }, () => endOf(body, gone, { slots }))).toBe(type);
});

it('a run whose body returns after its worker has died completes on the real clock too', async () => {
  vi.useRealTimers();
  const recording = record();
  const stopped = flow({ name: 'stopped' }, async () => {
    recording.cancel(gone);
    await waits(20);
  });
  expect(await recording.start(stopped)).toMatchObject({ completed: true });
});
