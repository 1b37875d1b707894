import { TributaryError } from '@tributary/contract/error';
import { describe, expect, it } from 'vitest';

import { afterFailures, betweenPolls } from './back-off.ts';

describe('between two polls', () => {
  const idle = { sinceWork: 0, hasRuns: false, took: 40, longest: 5_000 };

  it('half a second passes after there was work, five seconds once there was none for a minute', () => {
    expect(betweenPolls(idle, 0)).toBe(500);
    expect(betweenPolls({ ...idle, sinceWork: 20_000 }, 0)).toBe(2_000);
    expect(betweenPolls({ ...idle, sinceWork: 60_000 }, 0)).toBe(5_000);
  });

  it('a second at most passes while runs are in hand, which may fire others', () => {
    expect(betweenPolls({ ...idle, sinceWork: 3_600_000, hasRuns: true }, 0)).toBe(1_000);
  });

  it('passes ten times of what a slow server took to answer', () => {
    expect(betweenPolls({ ...idle, hasRuns: true, took: 300 }, 0)).toBe(3_000);
    expect(betweenPolls({ ...idle, took: 2_000 }, 0)).toBe(5_000);
  });

  it('passes what the user wants at most, and less by up to a quarter', () => {
    expect(betweenPolls({ ...idle, longest: 200 }, 0)).toBe(200);
    expect(betweenPolls({ ...idle, sinceWork: 60_000 }, 1)).toBe(3_750);
  });
});

describe('after failures', () => {
  const failed = (code: 'too_many_requests' | 'unauthorized' | 'unreachable', retryAfter?: number) =>
    new TributaryError(code, code, { facts: retryAfter === undefined ? {} : { retryAfter } });

  it('a worker tries again after a quarter of a second, then every five seconds', () => {
    expect(afterFailures(1, 0.5, failed('unreachable'))).toBe(250);
    expect(afterFailures(9, 0.5, failed('unreachable'))).toBe(5_000);
  });

  it('waits as long as the server asked for', () => {
    expect(afterFailures(1, 0.5, failed('too_many_requests', 20))).toBe(20_000);
  });

  it('asks seldom with a credential that is refused', () => {
    expect(afterFailures(9, 0.5, failed('unauthorized'))).toBe(30_000);
  });
});
