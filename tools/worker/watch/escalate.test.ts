import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FakeHost } from '../test-support/fake-host.ts';
import { escalate } from './escalate.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function escalated(host: FakeHost, graceSeconds: number): Promise<readonly string[]> {
  const sent: string[] = [];
  const escalating = escalate(host, graceSeconds, (name) => void sent.push(name));
  await vi.advanceTimersByTimeAsync(60_000);
  await escalating;
  return sent;
}

it('a host that ignores everything but SIGKILL gets SIGTERM after the grace, and SIGKILL five seconds later', async () => {
  const host = new FakeHost({ survives: ['SIGTERM'] });
  expect(await escalated(host, 30)).toEqual(['SIGTERM', 'SIGKILL']);
  expect(host.signals).toEqual([
    ['SIGTERM', 30_000],
    ['SIGKILL', 35_000],
  ]);
});

it('a host that ends at SIGTERM gets no SIGKILL', async () => {
  expect(await escalated(new FakeHost(), 30)).toEqual(['SIGTERM']);
});

it('a host that ends within the grace gets no signal', async () => {
  const host = new FakeHost();
  setTimeout(() => host.exit({ code: 0 }), 29_900);
  expect(await escalated(host, 30)).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
