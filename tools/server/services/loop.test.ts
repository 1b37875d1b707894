import { describe, expect, it, vi } from 'vitest';

import { createGrace } from './grace.ts';
import { isSilent } from './is-silent.ts';
import { type Service, startLoop } from './loop.ts';

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a loop', () => {
  it('takes turns one at a time, and none after it was stopped', async () => {
    let under = 0;
    let most = 0;
    let turns = 0;
    let loop: Service | undefined;
    loop = startLoop('example', { intervalMs: 1, log: () => {} }, async () => {
      most = Math.max(most, (under += 1));
      loop?.wake();
      await pause(5);
      turns += 1;
      under -= 1;
    });
    await vi.waitFor(() => expect(turns).toBeGreaterThan(3), 10_000);
    await loop.stop();
    const at = turns;
    expect(under).toBe(0);
    loop.wake();
    await pause(20);
    expect(turns).toBe(at);
    expect(most).toBe(1);
  });

  it('woken in a turn takes another right after it', async () => {
    let turns = 0;
    const loop = startLoop('example', { intervalMs: 600_000, log: () => {} }, async () => {
      turns += 1;
      await pause(5);
    });
    loop.wake();
    await vi.waitFor(() => expect(turns).toBe(2), 10_000);
    await loop.stop();
  });
});

describe('silence', () => {
  const second = 1e6;

  it('counts from the last heartbeat, for three intervals', () => {
    const worker = { heard: 100 * second, silenceSince: 0, intervalSeconds: 10 };
    expect(isSilent(130 * second, worker)).toBe(false);
    expect(isSilent(131 * second, worker)).toBe(true);
  });

  it('does not count while the server was down, or its machine asleep', () => {
    const grace = createGrace(5000);
    expect(grace(1000 * second)).toBe(1000 * second);
    expect(grace(1005 * second)).toBe(1000 * second);
    expect(grace(4000 * second)).toBe(4000 * second);
    expect(isSilent(4001 * second, { heard: 1004 * second, silenceSince: 4000 * second, intervalSeconds: 10 })).toBe(false);
  });
});
