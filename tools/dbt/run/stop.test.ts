import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { stopDelaysFor, stopOnCancel } from './stop.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('asks dbt to stop with SIGINT, SIGTERM and SIGKILL, until it has ended', () => {
  const sent: string[] = [];
  const controller = new AbortController();
  const settle = stopOnCancel((signal) => sent.push(signal), controller.signal, stopDelaysFor(false));
  expect(sent).toEqual([]);
  controller.abort();
  vi.advanceTimersByTime(14_900);
  expect(sent).toEqual(['SIGINT']);
  vi.advanceTimersByTime(200);
  expect(sent).toEqual(['SIGINT', 'SIGTERM']);
  settle();
  vi.advanceTimersByTime(60_000);
  expect(sent).toEqual(['SIGINT', 'SIGTERM']);
});

it('sends the signals immediately if the run is cancelled before dbt starts, and ends with SIGKILL', () => {
  const sent: string[] = [];
  stopOnCancel((signal) => sent.push(signal), AbortSignal.abort(), stopDelaysFor(true));
  vi.advanceTimersByTime(8000);
  expect(sent).toEqual(['SIGINT', 'SIGTERM', 'SIGKILL']);
});
