import { TributaryError } from '@tributary/contract/error';
import { type FlowId, type FlowRunId, newId } from '@tributary/contract/id';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { StateType } from '@tributary/contract/nouns/state';
import { wait } from '@tributary/contract/wait';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { RunContext } from '../context.ts';
import type { DeploymentPort } from '../engine-port.ts';
import { localClock, toState } from '../local/local-port.ts';
import { contextOrLocal } from '../local/local-run.ts';
import { seconds, turnUntil, useFakeClock } from '../test-support/fake-time.ts';
import { createDeploymentRun } from './create-deployment-run.ts';
import type { DeploymentCall } from './deployment-call.ts';

beforeEach(useFakeClock);
afterEach(() => vi.useRealTimers());

/**
 * Stands in for a server with one run, created by an earlier attempt. Records when the run is read and retried, in seconds.
 * @param changes the seconds at which the run gets a new state
 */
function stand(changes: readonly (readonly [at: number, type: StateType])[], awaitEnd: DeploymentPort['awaitEnd'] = null) {
  const reads: number[] = [];
  const retries: number[] = [];
  const created = localClock();
  const id = newId<FlowRunId>();
  const runNow = (): FlowRun => {
    const [at, type] = changes.findLast(([moment]) => moment <= seconds()) ?? [0, 'SCHEDULED'];
    const state = toState({ type }, at === 0 ? created : localClock());
    const run = {
      id,
      created,
      updated: created,
      name: 'wise-otter',
      flow_id: newId<FlowId>(),
      state,
      state_type: type,
      parameters: {},
      tags: [],
    };
    return { ...run, run_count: 0, total_run_time: 0, auto_scheduled: false };
  };
  const deployments: DeploymentPort = {
    find: async () => undefined,
    names: async () => [],
    createStandIn: async () => newId(),
    settleStandIn: async () => undefined,
    createFlowRun: async () => runNow(),
    async readFlowRun() {
      reads.push(seconds());
      return runNow();
    },
    awaitEnd,
    labelFlowRun: async () => undefined,
    endsChildren: true,
    cancelFlowRun: async () => undefined,
    async retryFlowRun(ended) {
      retries.push(seconds());
      return { ...ended, state: toState({ type: 'SCHEDULED', name: 'AwaitingRetry' }, localClock()) };
    },
    readChildren: async () => [],
    readStates: async () => [],
  };
  const stop = new AbortController();
  const local = contextOrLocal('parent');
  const port = { ...local.port, poll: { first: 1, longest: 5 }, log: () => undefined };
  const context: RunContext = { ...local, port, run: { ...local.run, signal: stop.signal } };
  const start = (change: Partial<DeploymentCall> = {}) => createDeploymentRun({ ...call, ...change }, deployments, context);
  return { start, run: runNow, reads, retries, stop };
}

const call: DeploymentCall = {
  by: 'runDeployment',
  deploymentId: 'd',
  name: 'dbt/build',
  parameters: {},
  timeout: null,
  pollInterval: null,
  tags: [],
  scheduledTime: null,
  idempotencyKey: null,
  asSubflow: false,
  flowRunName: null,
  jobVariables: null,
  queue: null,
  raiseFinalState: false,
  onParentEnd: null,
};

it('a call polls its run at growing waits until the run has ended', async () => {
  const { start, reads } = stand([[12, 'COMPLETED']]);
  expect(await turnUntil(start())).toMatchObject({ state: { type: 'COMPLETED' } });
  expect(reads).toEqual([1, 2.5, 4.75, 8.13, 13.13]);
});

it('a call returns its unfinished run at its timeout, after a last request', async () => {
  const { start, reads } = stand([[5, 'RUNNING']]);
  expect(await turnUntil(start({ timeout: 100, pollInterval: 40 }))).toMatchObject({ state: { type: 'RUNNING' } });
  expect(reads).toEqual([40, 80, 100]);
});

it('a call that does not wait never polls', async () => {
  const { start, reads } = stand([]);
  expect(await turnUntil(start({ timeout: 0 }))).toMatchObject({ state: { type: 'SCHEDULED' } });
  expect(reads).toEqual([]);
});

it('a call stops immediately when its run is cancelled', async () => {
  const { start, stop } = stand([]);
  setTimeout(() => stop.abort(new TributaryError('cancelled', 'The run was cancelled.')), 30_000);
  await expect(turnUntil(start({ pollInterval: 3600 }))).rejects.toMatchObject({ code: 'cancelled' });
  expect(seconds()).toBe(30);
});

it('a run whose cancel was requested in an earlier attempt is retried once it has ended', async () => {
  const { start, retries } = stand([
    [0, 'CANCELLING'],
    [20, 'CANCELLED'],
  ]);
  expect(await turnUntil(start({ timeout: 0 }))).toMatchObject({ state: { name: 'AwaitingRetry' } });
  expect(retries).toEqual([23.13]);
});

it('a run whose cancel takes longer than a minute is returned unchanged', async () => {
  const { start, reads, retries } = stand([[0, 'CANCELLING']]);
  expect(await turnUntil(start({ timeout: 0 }))).toMatchObject({ state: { type: 'CANCELLING' } });
  expect(reads.at(-1)).toBeLessThan(66);
  expect(retries).toEqual([]);
});

it('an engine that reports ends is asked instead of polled, for as long as the call may wait', async () => {
  const asked: number[] = [];
  const { start, reads } = stand([], async (_, longest) => {
    asked.push(longest);
    await wait(Math.min(longest, 20));
    return server.run();
  });
  const server = stand([[50, 'COMPLETED']]);
  expect(await turnUntil(start({ timeout: 90, pollInterval: 1 }))).toMatchObject({ state: { type: 'COMPLETED' } });
  expect([asked, reads]).toEqual([[90, 70, 50], []]);
});

it('a run that is deleted during the wait is named', async () => {
  const { start } = stand([], () => Promise.reject(new TributaryError('not_found', 'Flow run not found')));
  await expect(turnUntil(start())).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringMatching(/^Flow run "wise-otter" \([\w-]{36}\) was deleted while this run waited for its end\.$/),
  });
});
