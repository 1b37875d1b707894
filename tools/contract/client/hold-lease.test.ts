import { afterEach, describe, expect, it, vi } from 'vitest';

import { createClient } from '../client.ts';
import { concurrencyRoutes } from '../routes/concurrency.ts';
import { holdLease, type LeaseWatch } from './hold-lease.ts';

const lease = '6a7f3f0e-50a6-4cf1-9f4b-2e3f2f3c1a10';
afterEach(() => vi.useRealTimers());

const seconds = (): number => Math.round(performance.now() / 10) / 100;

/** Creates a lease of five minutes. Records when it is renewed, and when it is reported as lost or late, in seconds of the fake clock. */
function stand() {
  const renewals: number[] = [];
  const lost: number[] = [];
  const late: [at: number, reason: string][] = [];
  const server = { status: 204 };
  const client = createClient(concurrencyRoutes, {
    url: 'http://127.0.0.1:1/api',
    patience: 0,
    async transport() {
      renewals.push(seconds());
      const text = server.status === 204 ? '' : '{"detail":"Oops"}';
      return { status: server.status, headers: { 'content-type': 'application/json' }, text };
    },
  });
  vi.useFakeTimers({ now: 0 });
  const watch: LeaseWatch = {
    seconds: 300,
    lost: () => void lost.push(seconds()),
    late: (reason) => void late.push([seconds(), reason]),
  };
  return { hold: (first?: number) => holdLease(async () => client, lease, watch, first), renewals, lost, late, server };
}
const pass = (minutes: number) => vi.advanceTimersByTimeAsync(minutes * 60_000);

describe('a lease', () => {
  it('is renewed at three quarters of its length, until the renewals are stopped', async () => {
    const { hold, renewals } = stand();
    const stop = hold();
    await pass(10);
    expect(renewals).toEqual([225, 450]);
    stop();
    await pass(60);
    expect(renewals).toEqual([225, 450]);
  });

  it('that the server created is renewed sooner the first time, as it may be shorter', async () => {
    const { hold, renewals } = stand();
    hold(20);
    await pass(5);
    expect(renewals).toEqual([20, 225]);
  });

  it('that has lapsed is reported as lost once, and is renewed no more', async () => {
    const { hold, renewals, lost, late, server } = stand();
    server.status = 410;
    hold();
    await pass(60);
    expect(renewals).toEqual([225]);
    expect(lost).toEqual([225]);
    expect(late).toEqual([]);
  });

  it('whose renewal failed is renewed again after a twentieth of its length', async () => {
    const { hold, renewals, late, server } = stand();
    server.status = 500;
    hold();
    await pass(3.8);
    expect(late).toEqual([[225, expect.stringContaining('Oops')]]);
    server.status = 204;
    await pass(1);
    expect(renewals).toEqual([225, 240]);
    expect(late).toHaveLength(1);
  });

  it('is reported as late before it lapses if the server stays away', async () => {
    const { hold, renewals, late, server } = stand();
    server.status = 503;
    hold();
    await pass(4.99);
    expect(renewals.length).toBeGreaterThan(3);
    expect(late).toHaveLength(1);
    expect(late[0]?.[0]).toBeGreaterThan(270);
  });
});
