import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { StandInServer } from '../test-support/stand-in-server.ts';
import { createClients } from './clients.ts';
import { holdLease } from './hold-lease.ts';

const lease = '6a7f3f0e-50a6-4cf1-9f4b-2e3f2f3c1a10';
const path = `/v2/concurrency_limits/leases/${lease}/renew`;
/** the real one */
const later = setTimeout;
let server: StandInServer;
beforeEach(async () => {
  server = await new StandInServer().start();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});
const renewals = () => server.calls.filter((call) => call.path === path);

it('a lease is renewed at three quarters of its five minutes, until it is let go', async () => {
  server.answers.set(`POST ${path}`, { status: 204, body: undefined });
  const release = holdLease(createClients({ url: server.url, authorization: undefined }), lease, {
    seconds: 300,
    lost: () => {},
    late: () => {},
  });
  vi.advanceTimersByTime(224_000);
  expect(renewals()).toEqual([]);
  vi.advanceTimersByTime(2_000);
  await server.until(() => renewals().length === 1);
  expect(renewals()[0]?.body).toEqual({ lease_duration: 300 });
  release();
  vi.advanceTimersByTime(900_000);
  await new Promise((resolve) => later(resolve, 50));
  expect(renewals()).toHaveLength(1);
});

it('a lease that somebody else took is renewed soon: how long it lasts is not known', async () => {
  server.answers.set(`POST ${path}`, { status: 204, body: undefined });
  const client = createClients({ url: server.url, authorization: undefined });
  const release = holdLease(client, lease, { seconds: 300, lost: () => {}, late: () => {} }, 20);
  vi.advanceTimersByTime(19_000);
  expect(renewals()).toEqual([]);
  vi.advanceTimersByTime(2_000);
  await server.until(() => renewals().length === 1);
  vi.advanceTimersByTime(205_000);
  await server.until(() => renewals().length === 2);
  release();
});

it('a lease that lapsed is said once, and not renewed any more', async () => {
  server.answers.set(`POST ${path}`, { status: 410, body: { detail: 'gone' } });
  let lost = 0;
  holdLease(createClients({ url: server.url, authorization: undefined, patience: 0 }), lease, {
    seconds: 300,
    lost: () => void (lost += 1),
    late: () => {},
  });
  vi.advanceTimersByTime(226_000);
  await vi.waitFor(() => expect(lost).toBe(1), 10_000);
  vi.advanceTimersByTime(900_000);
  await new Promise((resolve) => later(resolve, 50));
  expect(renewals()).toHaveLength(1);
  expect(lost).toBe(1);
});

it('a renewal that failed is tried again soon', async () => {
  server.answers.set(`POST ${path}`, { status: 500, body: { detail: 'Oops' } });
  const late: string[] = [];
  const release = holdLease(createClients({ url: server.url, authorization: undefined, patience: 0 }), lease, {
    seconds: 300,
    lost: () => {},
    late: (reason) => void late.push(reason),
  });
  vi.advanceTimersByTime(226_000);
  await vi.waitFor(() => expect(late.join()).toContain('Oops'), 10_000);
  server.answers.set(`POST ${path}`, { status: 204, body: undefined });
  vi.advanceTimersByTime(16_000);
  await server.until(() => renewals().length === 2);
  expect(late).toHaveLength(1);
  release();
});
