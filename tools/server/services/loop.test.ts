import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { passTime, stopClock, turnEnded } from '../test-support/service-clock.ts';
import { createGrace } from './grace.ts';
import { isSilent } from './is-silent.ts';
import { startLoop } from './loop.ts';

describe('a loop', () => {
  beforeEach(stopClock);
  afterEach(() => void vi.useRealTimers());

  it('takes a turn immediately and after each interval, and none after it was stopped', async () => {
    let turns = 0;
    const loop = startLoop('example', { intervalMs: 5000, log: () => {} }, async () => void (turns += 1));
    await turnEnded();
    expect(turns).toBe(1);
    await passTime(4999);
    expect(turns).toBe(1);
    await passTime(1);
    expect(turns).toBe(2);
    await loop.stop();
    loop.wake();
    vi.advanceTimersByTime(60_000);
    expect(turns).toBe(2);
  });

  it('takes one turn at a time, and stops when the current one has ended', async () => {
    const turns: PromiseWithResolvers<void>[] = [];
    const loop = startLoop('example', { intervalMs: 1, log: () => {} }, () => {
      const turn = Promise.withResolvers<void>();
      turns.push(turn);
      return turn.promise;
    });
    loop.wake();
    vi.advanceTimersByTime(60_000);
    expect(turns).toHaveLength(1);
    let stopped = false;
    const stop = loop.stop().then(() => (stopped = true));
    await Promise.resolve();
    expect(stopped).toBe(false);
    turns[0]?.resolve();
    await stop;
    expect(turns).toHaveLength(1);
  });

  it('takes another turn right after the current one if it is woken during the current turn', async () => {
    let turns = 0;
    const loop = startLoop('example', { intervalMs: 600_000, log: () => {} }, async () => void (turns += 1));
    loop.wake();
    await passTime(1);
    expect(turns).toBe(2);
    await passTime(1000);
    expect(turns).toBe(2);
    await loop.stop();
  });
});

describe('the silence of a worker', () => {
  const second = 1e6;

  it('begins with its last heartbeat, and counts once it is longer than three intervals', () => {
    const worker = { heard: 100 * second, silenceSince: 0, intervalSeconds: 10 };
    expect(isSilent(130 * second, worker)).toBe(false);
    expect(isSilent(131 * second, worker)).toBe(true);
  });

  it("doesn't count while the server was down or its machine asleep", () => {
    const grace = createGrace(5000);
    expect(grace(1000 * second)).toBe(1000 * second);
    expect(grace(1005 * second)).toBe(1000 * second);
    expect(grace(4000 * second)).toBe(4000 * second);
    expect(isSilent(4001 * second, { heard: 1004 * second, silenceSince: 4000 * second, intervalSeconds: 10 })).toBe(false);
  });
});
