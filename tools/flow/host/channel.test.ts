import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { reportWaiting } from './channel.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('the worker gets a message when a run waits, and when it works again, but none for short waits', () => {
  const sent: string[] = [];
  const changed = reportWaiting({ send: ({ type }) => void sent.push(type) });
  for (let call = 0; call < 3; call += 1) {
    changed(true);
    vi.advanceTimersByTime(10);
    changed(false);
  }
  vi.advanceTimersByTime(1000);
  expect(sent).toEqual([]);
  changed(true);
  vi.advanceTimersByTime(1000);
  expect(sent).toEqual(['waiting']);
  changed(false);
  expect(sent).toEqual(['waiting', 'working']);
});
