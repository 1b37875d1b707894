import { type StateType, stateTypes } from '@tributary/contract/nouns/state';
import { describe, expect, it } from 'vitest';

import { at, exampleState, ids, propose, told } from '../test-support/example-flow-run.ts';

/**
 * Every pair, for a run of a deployment without limits: A accepted, R rejected with the state it is in, x aborted,
 * C CANCELLED in place of CANCELLING. Columns as in stateTypes.
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

  it.each(rows)('from %s to %s by force: written, whatever the rules say', (from, to) => {
    const decision = propose(to, { from: from === 'none' ? null : from, headers: { force: true } });
    expect(decision.state?.type).toBe(from === 'SCHEDULED' && to === 'CANCELLING' ? 'CANCELLED' : to);
  });

  it('is answered with the reason when it is refused', () => {
    expect(propose('CRASHED', { from: 'COMPLETED' }).answer.details).toEqual({
      type: 'abort_details',
      reason: 'Run is already in terminal state COMPLETED.',
    });
    expect(propose('RUNNING', { from: 'CANCELLING' }).answer.details).toMatchObject({ type: 'reject_details' });
    expect(propose('RUNNING', { from: 'PENDING' }).answer.details).toEqual({ type: 'accept_details' });
  });
});

describe('a proposal that is sent again', () => {
  const state_details = { transition_id: ids.transition };

  it('finds its own work done', () => {
    const first = propose({ type: 'RUNNING', state_details }, { from: 'PENDING' });
    const second = propose({ type: 'RUNNING', state_details }, { from: first.state });
    expect(told(first)).toBe('ACCEPT Running');
    expect(told(second)).toBe('REJECT');
    expect(second.answer.state).toEqual(first.answer.state);
  });

  it('finds its work done where another state was written than the one it proposed', () => {
    const run = { run_count: 1, empirical_policy: { retries: 1 } };
    const first = propose({ type: 'FAILED', state_details }, { from: 'RUNNING', run });
    const second = propose({ type: 'FAILED', state_details }, { from: first.state, run });
    expect(told(first)).toBe('REJECT AwaitingRetry');
    expect(told(second)).toBe('REJECT');
    expect(second.answer.state?.name).toBe('AwaitingRetry');
  });
});

describe('a run that has ended', () => {
  const completed = (data: unknown): ReturnType<typeof exampleState> => exampleState('COMPLETED', { data });

  it('is not run again when it completed with a result', () => {
    expect(told(propose('SCHEDULED', { from: completed({ value: 1 }) }))).toBe('REJECT');
    expect(told(propose('RUNNING', { from: completed({ value: 1 }) }))).toBe('REJECT');
  });

  it('is run again when its result was not kept', () => {
    expect(told(propose('SCHEDULED', { from: completed({ type: 'unpersisted' }) }))).toBe('ACCEPT Scheduled');
    expect(told(propose('SCHEDULED', { from: completed(null) }))).toBe('ACCEPT Scheduled');
  });

  it('keeps its result against a later COMPLETED without one, even by force', () => {
    for (const force of [false, true])
      expect(told(propose('COMPLETED', { from: completed({ value: 1 }), headers: { force } }))).toBe('REJECT');
    expect(told(propose({ type: 'COMPLETED', data: { value: 2 } }, { from: completed({ value: 1 }) }))).toBe('ACCEPT Completed');
  });

  it('is not scheduled again without a deployment, which is how a worker would find it', () => {
    expect(told(propose('SCHEDULED', { from: 'FAILED', run: { deployment_id: null } }))).toBe('ABORT');
  });

  it('is for a worker to take when it is scheduled again, with its pauses forgotten', () => {
    const empirical_policy = { retries: 2, retry_type: 'in_process', pause_keys: ['a'], resuming: true } as const;
    const { record } = propose('SCHEDULED', { from: 'FAILED', run: { empirical_policy: { ...empirical_policy, pause_keys: ['a'] } } });
    expect(record?.empirical_policy).toEqual({ retries: 2, retry_type: 'reschedule', pause_keys: [], resuming: false });
  });

  it('by force too: a retry that was to happen in a process that is gone is for a worker now', () => {
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

  it('a run that is not due is told to wait so many seconds', () => {
    const decision = propose('RUNNING', { from: scheduled });
    expect(decision.answer).toMatchObject({ status: 'WAIT', details: { type: 'wait_details', delay_seconds: 10 } });
    expect(decision.state).toBeNull();
  });

  it('a claim remembers the time, so that the run waits afterwards too', () => {
    const pending = propose('PENDING', { from: scheduled }).state;
    expect(pending?.state_details.scheduled_time).toBe('2026-01-01T12:00:10.000000Z');
    const submitting = propose({ type: 'PENDING', name: 'Submitting' }, { from: pending }).state;
    expect(told(propose('RUNNING', { from: submitting }))).toBe('WAIT');
  });

  it('a run without a time is due at once', () => {
    expect(propose('SCHEDULED').state?.state_details.scheduled_time).toBe('2026-01-01T12:00:00.000000Z');
    expect(told(propose('RUNNING', { from: propose('SCHEDULED').state }))).toBe('ACCEPT Running');
  });
});

it('only a run that waits is called late', () => {
  const late = { type: 'SCHEDULED', name: 'Late' } as const;
  expect(told(propose(late, { from: 'SCHEDULED' }))).toBe('ACCEPT Late');
  expect(told(propose(late, { from: 'RUNNING' }))).toBe('REJECT');
});
