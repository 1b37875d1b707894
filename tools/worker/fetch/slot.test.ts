import type { Store } from '@tributary/code';
import { type LeaseId, newId } from '@tributary/contract/id';
import { addSeconds } from '@tributary/contract/moment';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';

import { startWorker } from '../start.ts';
import { now } from '../test-support/fake-server/fake-store.ts';
import { openTimedWorker } from '../test-support/timed-settings.ts';

// The worker loads the store when it first needs it, and that takes real time.
beforeAll(() => import('@tributary/code'));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A store in which every fetch takes so many seconds, and then fails. */
function slowStore(seconds: number): Store {
  return {
    dir: '/store',
    look: () => false,
    take: (_code, { signal } = {}) =>
      new Promise((_, reject) => {
        const timer = setTimeout(() => reject(new Error('The code is broken.')), seconds * 1000);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      }),
    copy: () => Promise.reject(new Error('Not asked for.')),
    resolve: () => Promise.reject(new Error('Not asked for.')),
    confirm: () => Promise.reject(new Error('Not asked for.')),
  };
}

it("a run keeps its slot of the deployment's limit while its code is fetched, so that a limit of one never runs two", async () => {
  const { server, options } = openTimedWorker(undefined, { openStore: () => slowStore(600), limit: 2 });
  const step = { repository: 'https://example.com/acme/data.git', commit_sha: 'a'.repeat(40) };
  const deployment = server.addDeployment({ pull_steps: [{ 'prefect.deployments.steps.git_clone': step }] });
  // A limit of one slot. As on the real servers, a lease of 30 s frees its slot unless it is renewed.
  let lapses = 0;
  const renewed: number[] = [];
  const began = performance.now();
  const seconds = (): number => Math.round((performance.now() - began) / 1000);
  server.intercept = ({ path, body }) => {
    if (path.endsWith('/renew')) {
      renewed.push(seconds());
      lapses = performance.now() + Object(body).lease_duration * 1000;
      return { status: 204 };
    }
    const id = /^\/flow_runs\/(.*)\/set_state$/.exec(path)?.[1];
    if (id === undefined) return undefined;
    const { state } = Object(body);
    if (state.type === 'CRASHED') lapses = 0;
    if (server.state(id).type !== 'SCHEDULED') return undefined;
    if (performance.now() < lapses) {
      const details = { scheduled_time: addSeconds(now(), 30) };
      const waiting = server.write(id, { type: 'SCHEDULED', name: 'AwaitingConcurrencySlot', state_details: details });
      return { status: 200, body: { state: waiting, status: 'REJECT', details: { type: 'reject_details' } } };
    }
    lapses = performance.now() + 30_000;
    state.state_details.deployment_concurrency_lease_id = newId<LeaseId>();
    return undefined;
  };
  const worker = await startWorker(options);
  const ids = [server.addRun(deployment, {}), server.addRun(deployment, {})];
  const fetching = () => ids.filter((id) => server.state(id).name === 'Fetching code');
  await vi.advanceTimersByTimeAsync(1_000);
  const [first] = fetching();
  for (let minute = 0; minute < 9; minute += 1) {
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetching()).toEqual([first]);
  }
  expect(renewed).toEqual([20, 225, 450]);
  await vi.advanceTimersByTimeAsync(120_000);
  // Its end frees the slot, and the other run gets it.
  expect(fetching()).toEqual(ids.filter((id) => id !== first));
  void worker.stop();
  const stopped = worker.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  await stopped;
  expect(vi.getTimerCount()).toBe(0);
});
