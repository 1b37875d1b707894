import { type StateType, stateTypes } from '@tributary/contract/nouns/state';
import { describe, expect, it } from 'vitest';

import { at, exampleState, ids, propose, outcome } from '../test-support/example-flow-run.ts';

/**
 * Each pair of states, for a run of a deployment without limits. A: accepted; R: rejected, the run keeps its state; x: aborted;
 * C: CANCELLED is written instead of CANCELLING. The columns are those of stateTypes.
 */
const pairs: Record<StateType | 'none', string> = {
  //           S P R C F c X p g   (Scheduled Pending Running Completed Failed Cancelled Crashed Paused cancellinG)
  none: /*  */ 'A A A A A A A x A',
  SCHEDULED: ' A A A A A A A R C',
  PENDING: '   A x A A A A A R A',
  RUNNING: '   A x A A A A A A A',
  COMPLETED: ' A x A A A A x x x',
  FAILED: '    A x A A A A x x x',
  CANCELLED: ' A x A A A A x x x',
  CRASHED: '   A x A A A A x x x',
  PAUSED: '    A R A A A A A R A',
  CANCELLING: 'R R R R R A R R R',
};
const meaning = { A: 'ACCEPT', R: 'REJECT', x: 'ABORT', C: 'REJECT' } as const;

describe('a state proposed for a flow run', () => {
  const rows = Object.entries(pairs).flatMap(([from, line]) =>
    line
      .trim()
      .split(' ')
      .map((mark, index) => [from as StateType | 'none', stateTypes[index] ?? 'SCHEDULED', mark as keyof typeof meaning] as const),
  );
  it.each(rows)('from %s to %s: %s', (from, to, mark) => {
    const decision = propose(to, { from: from === 'none' ? null : from });
    expect(decision.answer.status).toBe(meaning[mark]);
    const written = mark === 'A' ? to : mark === 'C' ? 'CANCELLED' : null;
    expect(decision.state?.type ?? null).toBe(written);
    expect(decision.answer.state?.type ?? 'none').toBe(written ?? from);
  });

  it.each(rows)('from %s to %s by force: written', (from, to) => {
    const decision = propose(to, { from: from === 'none' ? null : from, headers: { force: true } });
    expect(decision.state?.type).toBe(from === 'SCHEDULED' && to === 'CANCELLING' ? 'CANCELLED' : to);
  });

  it('gets the reason when it is refused', () => {
    expect(propose('CRASHED', { from: 'COMPLETED' }).answer.details).toEqual({
      type: 'abort_details',
      reason: 'Run is already in terminal state COMPLETED.',
    });
    expect(propose('RUNNING', { from: 'CANCELLING' }).answer.details).toMatchObject({ type: 'reject_details' });
    expect(propose('RUNNING', { from: 'PENDING' }).answer.details).toEqual({ type: 'accept_details' });
  });
});

describe('a repeated proposal', () => {
  const state_details = { transition_id: ids.transition };

  it('gets the state that the first one wrote', () => {
    const first = propose({ type: 'RUNNING', state_details }, { from: 'PENDING' });
    const second = propose({ type: 'RUNNING', state_details }, { from: first.state });
    expect(outcome(first)).toBe('ACCEPT Running');
    expect(outcome(second)).toBe('REJECT');
    expect(second.answer.state).toEqual(first.answer.state);
  });

  it('gets the state that was written instead of the proposed one', () => {
    const run = { run_count: 1, empirical_policy: { retries: 1 } };
    const first = propose({ type: 'FAILED', state_details }, { from: 'RUNNING', run });
    const second = propose({ type: 'FAILED', state_details }, { from: first.state, run });
    expect(outcome(first)).toBe('REJECT AwaitingRetry');
    expect(outcome(second)).toBe('REJECT');
    expect(second.answer.state?.name).toBe('AwaitingRetry');
  });
});

describe('a run that has ended', () => {
  const completed = (data: unknown): ReturnType<typeof exampleState> => exampleState('COMPLETED', { data });

  it("isn't run again when it completed with a result", () => {
    expect(outcome(propose('SCHEDULED', { from: completed({ value: 1 }) }))).toBe('REJECT');
    expect(outcome(propose('RUNNING', { from: completed({ value: 1 }) }))).toBe('REJECT');
  });

  it("is run again when its result wasn't kept", () => {
    expect(outcome(propose('SCHEDULED', { from: completed({ type: 'unpersisted' }) }))).toBe('ACCEPT Scheduled');
    expect(outcome(propose('SCHEDULED', { from: completed(null) }))).toBe('ACCEPT Scheduled');
  });

  it('keeps its result when COMPLETED without one is proposed, even by force', () => {
    for (const force of [false, true])
      expect(outcome(propose('COMPLETED', { from: completed({ value: 1 }), headers: { force } }))).toBe('REJECT');
    expect(outcome(propose({ type: 'COMPLETED', data: { value: 2 } }, { from: completed({ value: 1 }) }))).toBe('ACCEPT Completed');
  });

  it("isn't scheduled again without a deployment", () => {
    expect(outcome(propose('SCHEDULED', { from: 'FAILED', run: { deployment_id: null } }))).toBe('ABORT');
  });

  it('waits for a worker when it is scheduled again, with its pauses reset', () => {
    const empirical_policy = { retries: 2, retry_type: 'in_process', pause_keys: ['a'], resuming: true } as const;
    const { record } = propose('SCHEDULED', { from: 'FAILED', run: { empirical_policy: { ...empirical_policy, pause_keys: ['a'] } } });
    expect(record?.empirical_policy).toEqual({ retries: 2, retry_type: 'reschedule', pause_keys: [], resuming: false });
  });

  it('waits for a worker when it is scheduled by force after its process is gone', () => {
    const { record } = propose('SCHEDULED', {
      from: 'CRASHED',
      run: { empirical_policy: { retry_type: 'in_process' } },
      headers: { force: true },
    });
    expect(record?.empirical_policy.retry_type).toBe('reschedule');
  });
});

describe('waiting for the scheduled time', () => {
  const scheduled = exampleState('SCHEDULED', { details: { scheduled_time: at('12:00:10') } });

  it("a run that isn't due gets the seconds to wait", () => {
    const decision = propose('RUNNING', { from: scheduled });
    expect(decision.answer).toMatchObject({ status: 'WAIT', details: { type: 'wait_details', delay_seconds: 10 } });
    expect(decision.state).toBeNull();
  });

  it('a claimed run still waits until it is due', () => {
    const pending = propose('PENDING', { from: scheduled }).state;
    expect(pending?.state_details.scheduled_time).toBe('2026-01-01T12:00:10.000000Z');
    const submitting = propose({ type: 'PENDING', name: 'Submitting' }, { from: pending }).state;
    expect(outcome(propose('RUNNING', { from: submitting }))).toBe('WAIT');
  });

  it('a run without a time is due at once', () => {
    expect(propose('SCHEDULED').state?.state_details.scheduled_time).toBe('2026-01-01T12:00:00.000000Z');
    expect(outcome(propose('RUNNING', { from: propose('SCHEDULED').state }))).toBe('ACCEPT Running');
  });
});

it('only a scheduled run becomes Late', () => {
  const late = { type: 'SCHEDULED', name: 'Late' } as const;
  expect(outcome(propose(late, { from: 'SCHEDULED' }))).toBe('ACCEPT Late');
  expect(outcome(propose(late, { from: 'RUNNING' }))).toBe('REJECT');
});
