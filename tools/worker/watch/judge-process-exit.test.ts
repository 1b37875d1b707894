import { describe, expect, it } from 'vitest';

import type { ProcessExit } from '../host/run-host.ts';
import { judgeProcessExit } from './judge-process-exit.ts';

const exit = (facts: Partial<ProcessExit>): ProcessExit => ({ code: null, signal: null, lastLines: [], ...facts });
const facts = { worker: 'w1', done: undefined, asked: undefined, killedWith: undefined };

describe('the end to report of a run whose process has exited', () => {
  it('is undefined if the host has reported the end', () => {
    expect(judgeProcessExit(exit({ code: 0 }), { ...facts, done: { type: 'done', state: null } })).toBeUndefined();
    expect(judgeProcessExit(exit({ signal: 'SIGKILL' }), { ...facts, done: { type: 'done', state: 'COMPLETED' } })).toBeUndefined();
  });

  it('is a crash if the process failed after a report that did not end the run', () => {
    const end = judgeProcessExit(exit({ code: 3 }), { ...facts, done: { type: 'done', state: 'PAUSED' } });
    expect(end).toEqual({ type: 'CRASHED', message: "The run's process ended with exit code 3 after its last report." });
  });

  it('names a full heap as the reason', () => {
    const lastLines = ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'];
    expect(judgeProcessExit(exit({ signal: 'SIGABRT', lastLines }), facts)?.message).toContain(
      "(signal SIGABRT): JavaScript's heap was full.",
    );
  });

  it('is a crash if the worker was stopped, and a cancellation if the run was cancelled', () => {
    expect(judgeProcessExit(exit({ signal: 'SIGTERM' }), { ...facts, asked: 'worker stopping' })?.type).toBe('CRASHED');
    expect(judgeProcessExit(exit({ signal: 'SIGTERM' }), { ...facts, asked: 'cancelled', killedWith: 'SIGTERM' })).toEqual({
      type: 'CANCELLED',
      message: "Cancelled: the run's process did not exit by itself and was ended with SIGTERM.",
    });
  });
});
