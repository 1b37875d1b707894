import { TributaryError } from '@tributary/contract/error';
import { describe, expect, it } from 'vitest';

import { afterFailures } from './back-off.ts';

describe('after failures', () => {
  const failed = (code: 'too_many_requests' | 'unauthorized' | 'unreachable', retryAfter?: number) =>
    new TributaryError(code, code, { facts: retryAfter === undefined ? {} : { retryAfter } });

  it('a worker tries again after a quarter of a second, and every five seconds in the end', () => {
    expect(afterFailures(1, 0.5, failed('unreachable'))).toBe(250);
    expect(afterFailures(9, 0.5, failed('unreachable'))).toBe(5_000);
  });

  it('a worker waits as long as the server asked for', () => {
    expect(afterFailures(1, 0.5, failed('too_many_requests', 20))).toBe(20_000);
  });

  it('a worker with a refused credential tries every thirty seconds in the end', () => {
    expect(afterFailures(9, 0.5, failed('unauthorized'))).toBe(30_000);
  });
});
