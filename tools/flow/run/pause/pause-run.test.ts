import { TributaryError } from '@tributary/contract/error';
import type { State } from '@tributary/contract/nouns/state';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { RunContext } from '../context.ts';
import { localClock, toState } from '../local/local-port.ts';
import { contextOrLocal } from '../local/local-run.ts';
import { seconds, turnUntil, useFakeClock } from '../test-support/fake-time.ts';
import type { PausePort } from './pause-port.ts';
import { type PauseCall, pauseRun } from './pause-run.ts';

beforeEach(useFakeClock);
afterEach(() => vi.useRealTimers());

const stateOf = (type: State['type']): State => ({ ...toState({ type: 'RUNNING' }, localClock()), type, name: type });

/** Creates a run that is resumed at a given time, and records when its state is read. All times are in seconds. */
function runOf(resumedAt = Infinity) {
  const reads: number[] = [];
  const stop = new AbortController();
  const pauses: PausePort = {
    pause: async () => ({ paused: true, state: stateOf('PAUSED') }),
    endSuspended: async (_, suspended) => suspended,
    async readState() {
      reads.push(seconds());
      return stateOf(seconds() < resumedAt ? 'PAUSED' : 'RUNNING');
    },
    keepInput: async () => true,
    readInput: async () => undefined,
    forgetInput: async () => undefined,
    resume: async () => undefined,
  };
  const local = contextOrLocal('test');
  const port = { ...local.port, poll: { first: 1, longest: 5 }, log: () => undefined };
  const context: RunContext = { ...local, port, run: { ...local.run, flowRunName: 'wise-otter', signal: stop.signal } };
  return { pauses, context, reads, stop };
}

const call: PauseCall = { kind: 'pause', key: 'approval', timeout: null, input: null, description: null, pollInterval: null };

it('a paused run polls at growing waits until it is resumed', async () => {
  const { pauses, context, reads } = runOf(20);
  await turnUntil(pauseRun(call, pauses, context));
  expect(reads).toEqual([1, 2.5, 4.75, 8.13, 13.13, 18.13, 23.13]);
});

it('a paused run polls at the interval that its call names', async () => {
  const { pauses, context, reads } = runOf(180);
  await turnUntil(pauseRun({ ...call, pollInterval: 60 }, pauses, context));
  expect(reads).toEqual([60, 120, 180]);
});

it('a run that is not resumed in time fails at its timeout', async () => {
  const { pauses, context, reads } = runOf();
  await expect(turnUntil(pauseRun({ ...call, timeout: 300, pollInterval: 120 }, pauses, context))).rejects.toMatchObject({
    code: 'timeout',
    message: 'Flow run "wise-otter" was paused for 300 s and was not resumed.',
  });
  expect(reads).toEqual([120, 240, 300, 300]);
});

it('a paused run stops immediately when it is cancelled', async () => {
  const { pauses, context, stop } = runOf();
  setTimeout(() => stop.abort(new TributaryError('cancelled', 'The run was cancelled.')), 30_000);
  await expect(turnUntil(pauseRun({ ...call, pollInterval: 3600 }, pauses, context))).rejects.toMatchObject({ code: 'cancelled' });
  expect(seconds()).toBe(30);
});
