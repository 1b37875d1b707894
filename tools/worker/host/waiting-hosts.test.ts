import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeHost } from '../test-support/fake-host.ts';
import { createWaitingHosts } from './waiting-hosts.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const source = { file: '/root/host.ts', root: '/root', cwd: '/root', key: 'a' };

/** Creates waiting hosts, and records when each was started, in milliseconds. @param begin called with each host that was started */
function openHosts(begin: (host: FakeHost) => void, { size = 1, isBusy = (): boolean => false } = {}) {
  const began = performance.now();
  const [started, at, said]: [FakeHost[], number[], string[]] = [[], [], []];
  const hosts = createWaitingHosts({
    size,
    isBusy,
    log: (message) => void said.push(message),
    start() {
      const host = new FakeHost();
      started.push(host);
      at.push(Math.round(performance.now() - began));
      begin(host);
      return host;
    },
  });
  return { hosts, started, at, said };
}
const becomeReady = (host: FakeHost): void => void host.becomeReady();

describe('waiting hosts', () => {
  it('keep the code of the source that was used last, because the next host starts there', async () => {
    const kept: string[] = [];
    const fetched = (key: string) => ({
      ...source,
      key,
      retain: () => {
        kept.push(key);
        return () => void kept.splice(kept.indexOf(key), 1);
      },
    });
    const [one, other] = [fetched('one'), fetched('other')];
    const { hosts } = openHosts(becomeReady);
    hosts.take(one);
    hosts.take(one);
    expect(kept).toEqual(['one']);
    hosts.take(other);
    expect(kept).toEqual(['other']);
    await hosts.close();
    expect(kept).toEqual([]);
    openHosts(becomeReady, { size: 0 }).hosts.take(one);
    expect(kept).toEqual([]);
  });

  it('start up to the size, and the next starts a quarter of a second after one was taken', async () => {
    const { hosts, started, at } = openHosts(becomeReady, { size: 2 });
    hosts.want(source);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(started).toHaveLength(2);
    expect(hosts.take(source)).toBe(started[0]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(at.slice(2)).toEqual([10_250]);
  });

  it('start immediately when no run is active, and a moment later while runs are active', async () => {
    let busy = true;
    const { hosts, at } = openHosts(becomeReady, { size: 2, isBusy: () => busy });
    hosts.want(source);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(at).toEqual([0, 250]);
    busy = false;
    hosts.take(source);
    hosts.refill();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(at.slice(2)).toEqual([1_000]);
  });

  it('are taken while they start if none is ready, and then belong to their run', async () => {
    const { hosts, started, at, said } = openHosts(() => undefined);
    hosts.want(source);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(hosts.take(source)).toBe(started[0]);
    expect(hosts.take(source)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1_000);
    started[0]?.exit();
    started[1]?.becomeReady();
    await vi.advanceTimersByTimeAsync(10_000);
    await hosts.close();
    expect([at, said, started[0]?.signals]).toEqual([[0, 1_250], [], []]);
  });

  it('are not taken after the code has changed', async () => {
    const { hosts, started } = openHosts(becomeReady);
    hosts.want(source);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(hosts.take({ ...source, key: 'b' })).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(started.map((host) => host.isAlive())).toEqual([false, true]);
  });

  it('are replaced after they died, and a second later if they died soon after their start', async () => {
    const { hosts, started, at, said } = openHosts(becomeReady);
    hosts.want(source);
    await vi.advanceTimersByTimeAsync(6_000);
    started[0]?.exit();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(at).toEqual([0, 7_000]);
    started[1]?.exit();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(at).toEqual([0, 7_000, 8_000]);
    expect(said).toEqual([]);
  });

  it('no longer start after three of them never became ready, until the code changes', async () => {
    const { hosts, started, at, said } = openHosts((host) => void host.exit({ code: 1 }));
    hosts.want(source);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(at).toEqual([0, 1_000, 3_000]);
    expect(said).toEqual([expect.stringMatching(/^3 run hosts in a row died before they got a run: .* Until the code in \/root changes/)]);
    expect(hosts.take({ ...source, key: 'b' })).toBeUndefined();
    await vi.advanceTimersByTimeAsync(250);
    expect(started).toHaveLength(4);
  });

  it('are killed when the worker stops, and no other starts', async () => {
    const { hosts, started } = openHosts(becomeReady, { size: 2 });
    hosts.want(source);
    await vi.advanceTimersByTimeAsync(1_000);
    await hosts.close();
    hosts.refill();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started.map(({ signals }) => signals.map(([name]) => name))).toEqual([['SIGKILL'], ['SIGKILL']]);
  });
});
