import { describe, expect, it } from 'vitest';

import type { Ending } from '../host/run-host.ts';
import { judge } from './judge.ts';

const ending = (facts: Partial<Ending>): Ending => ({ code: null, signal: null, lastWords: [], ...facts });
const facts = { worker: 'w1', done: undefined, asked: undefined, killedWith: undefined };

describe('what is left to report of a run whose process is gone', () => {
  it('is nothing when the host said how it ended', () => {
    expect(judge(ending({ code: 0 }), { ...facts, done: { type: 'done', state: null } })).toBeUndefined();
    expect(judge(ending({ signal: 'SIGKILL' }), { ...facts, done: { type: 'done', state: 'COMPLETED' } })).toBeUndefined();
  });

  it('is a crash when it failed after a word that ended nothing', () => {
    const verdict = judge(ending({ code: 3 }), { ...facts, done: { type: 'done', state: 'PAUSED' } });
    expect(verdict).toEqual({ type: 'CRASHED', message: "The run's process ended with exit code 3 after its last report." });
  });

  it('names a full heap', () => {
    const lastWords = ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'];
    expect(judge(ending({ signal: 'SIGABRT', lastWords }), facts)?.message).toContain("(signal SIGABRT): JavaScript's heap was full.");
  });

  it('is a crash of the worker that was stopped, a cancelled run of one that was cancelled', () => {
    expect(judge(ending({ signal: 'SIGTERM' }), { ...facts, asked: 'worker stopping' })?.type).toBe('CRASHED');
    expect(judge(ending({ signal: 'SIGTERM' }), { ...facts, asked: 'cancelled', killedWith: 'SIGTERM' })).toEqual({
      type: 'CANCELLED',
      message: 'Cancelled: its process did not end by itself and was ended with SIGTERM.',
    });
  });
});
