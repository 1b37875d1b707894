import { describe, expect, it } from 'vitest';

import type { ProcessExit } from '../host/run-host.ts';
import { judgeProcessExit } from './judge-process-exit.ts';

const exit = (facts: Partial<ProcessExit>): ProcessExit => ({ code: null, signal: null, lastWords: [], ...facts });
const facts = { worker: 'w1', done: undefined, asked: undefined, killedWith: undefined };

describe('what is left to report of a run whose process is gone', () => {
  it('is nothing when the host said how it ended', () => {
    expect(judgeProcessExit(exit({ code: 0 }), { ...facts, done: { type: 'done', state: null } })).toBeUndefined();
    expect(judgeProcessExit(exit({ signal: 'SIGKILL' }), { ...facts, done: { type: 'done', state: 'COMPLETED' } })).toBeUndefined();
  });

  it('is a crash when it failed after a word that ended nothing', () => {
    const end = judgeProcessExit(exit({ code: 3 }), { ...facts, done: { type: 'done', state: 'PAUSED' } });
    expect(end).toEqual({ type: 'CRASHED', message: "The run's process ended with exit code 3 after its last report." });
  });

  it('names a full heap', () => {
    const lastWords = ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'];
    expect(judgeProcessExit(exit({ signal: 'SIGABRT', lastWords }), facts)?.message).toContain(
      "(signal SIGABRT): JavaScript's heap was full.",
    );
  });

  it('is a crash of the worker that was stopped, a cancelled run of one that was cancelled', () => {
    expect(judgeProcessExit(exit({ signal: 'SIGTERM' }), { ...facts, asked: 'worker stopping' })?.type).toBe('CRASHED');
    expect(judgeProcessExit(exit({ signal: 'SIGTERM' }), { ...facts, asked: 'cancelled', killedWith: 'SIGTERM' })).toEqual({
      type: 'CANCELLED',
      message: 'Cancelled: its process did not end by itself and was ended with SIGTERM.',
    });
  });
});
