import { type FlowId, type FlowRunId, newId } from '@tributary/contract/id';
import { logLevels, type LogCreate } from '@tributary/contract/nouns/log';
import type { StateType } from '@tributary/contract/nouns/state';
import type { Waiting } from '@tributary/contract/nouns/waiting';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { RunContext } from '../context.ts';
import type { DeploymentPort } from '../engine-port.ts';
import { localClock, toState } from '../local/local-port.ts';
import { contextOrLocal } from '../local/local-run.ts';
import { seconds, turnUntil, useFakeClock } from '../test-support/fake-time.ts';
import type { DeploymentRun } from './deployment-call.ts';
// Imported here so that the late import of this module takes no more than one step of the fake clock.
import './say-why-waiting.ts';
import { waitForEnd } from './wait-for-end.ts';

beforeEach(useFakeClock);
afterEach(() => vi.useRealTimers());

const answers = {
  'no-worker': ['No worker is online.', 'Start one: npx tributary worker start'],
  offered: ['The run is offered to the workers.', null],
  'held-by-waiting-parents': ['The pool is full.', 'Raise the limit'],
  running: ['The run is running.', null],
} as const;
type Code = keyof typeof answers;

/**
 * Stands in for a server with one child. Records the log lines, and how many runs each question is about.
 * @param reasons why the child waits, each with the second from which it is the reason
 */
function stand(reasons: readonly (readonly [at: number, code: Code | 'unreachable'])[], end: number) {
  const lines: [second: number, run: 'parent' | 'child', level: number, message: string][] = [];
  const asked: number[] = [];
  const local = contextOrLocal('parent');
  const childRun = (name: string): DeploymentRun => {
    const [id, now, type] = [newId<FlowRunId>(), localClock(), 'SCHEDULED'] as const;
    const state = toState({ type }, now);
    const run = { id, created: now, updated: now, name, flow_id: newId<FlowId>(), state, state_type: type, parameters: {}, tags: [] };
    return { ...run, run_count: 0, total_run_time: 0, auto_scheduled: false };
  };
  const children = ['otter', 'heron', 'crane'].map(childRun);
  const notCalled = () => Promise.reject(new Error('not expected'));
  const port: DeploymentPort = {
    find: notCalled,
    names: notCalled,
    createStandIn: notCalled,
    settleStandIn: notCalled,
    createFlowRun: notCalled,
    retryFlowRun: notCalled,
    readChildren: notCalled,
    readStates: notCalled,
    labelFlowRun: notCalled,
    cancelFlowRun: notCalled,
    endsChildren: true,
    async readFlowRun(id) {
      const type: StateType = seconds() < end ? 'SCHEDULED' : 'COMPLETED';
      const run = children.find((one) => one.id === id) ?? childRun('unknown');
      return { ...run, state: toState({ type }, localClock()) };
    },
    awaitEnd: null,
    async whyWaiting(ids) {
      asked.push(ids.length);
      const code = reasons.findLast(([at]) => at <= seconds())?.[1] ?? 'offered';
      if (code === 'unreachable') throw new Error('no answer');
      const [sentence, cure] = answers[code];
      return ids.map((id): Waiting => ({ id, code, sentence, cure, holders: [], holder_count: 0 }));
    },
  };
  const log = ({ message, level, flow_run_id }: LogCreate): void => {
    lines.push([Math.round(seconds()), flow_run_id === local.run.flowRunId ? 'parent' : 'child', level, message]);
  };
  const context: RunContext = { ...local, port: { ...local.port, poll: { first: 0.5, longest: 0.5 }, log } };
  const waitFor = (count: number) =>
    turnUntil(Promise.all(children.slice(0, count).map((run) => waitForEnd(run, { timeout: null, pollInterval: null }, port, context))));
  return { lines, asked, waitFor };
}
const { warning, info } = logLevels;

it("the parent's log says after 5 s why a child waits, and again only when the reason changes", async () => {
  const { lines, waitFor } = stand(
    [
      [0, 'no-worker'],
      [12, 'offered'],
      [35, 'no-worker'],
    ],
    100,
  );
  await waitFor(1);
  expect(lines).toEqual([
    [5, 'parent', warning, 'Flow run "otter" is waiting. No worker is online. Start one: npx tributary worker start'],
    [20, 'parent', info, 'Flow run "otter" is waiting. The run is offered to the workers.'],
    [40, 'parent', warning, 'Flow run "otter" is waiting. No worker is online. Start one: npx tributary worker start'],
  ]);
});

it('a child that waits for its own parents says so in both logs within 5 s', async () => {
  const { lines, waitFor } = stand([[0, 'held-by-waiting-parents']], 30);
  await waitFor(1);
  expect(lines).toEqual([
    [3, 'parent', warning, 'Flow run "otter" is waiting. The pool is full. Raise the limit'],
    [3, 'child', warning, 'This run is waiting. The pool is full. Raise the limit'],
  ]);
});

it('children that wait together share a request and a line', async () => {
  const { lines, asked, waitFor } = stand([[0, 'no-worker']], 9);
  await waitFor(3);
  expect(asked).toEqual([3, 3]);
  expect(lines).toEqual([
    [
      5,
      'parent',
      warning,
      '3 flow runs are waiting: "otter", "heron", "crane". No worker is online. Start one: npx tributary worker start',
    ],
  ]);
});

it('nothing is asked about a child that ends soon, and nothing more about a child that runs', async () => {
  const short = stand([[0, 'no-worker']], 2);
  await short.waitFor(1);
  expect(short.asked).toEqual([]);
  vi.useRealTimers();
  useFakeClock();
  const long = stand([[0, 'running']], 200);
  await long.waitFor(1);
  expect([long.asked, long.lines]).toEqual([[1], []]);
});

it('a server that gives no reason is asked again', async () => {
  const { lines, waitFor } = stand(
    [
      [0, 'unreachable'],
      [8, 'no-worker'],
    ],
    15,
  );
  await waitFor(1);
  expect(lines).toMatchObject([[10, 'parent', warning, expect.stringContaining('No worker is online.')]]);
});
