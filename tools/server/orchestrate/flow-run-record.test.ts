import { describe, expect, it } from 'vitest';

import { at, exampleState, ids, propose, outcome } from '../test-support/example-flow-run.ts';

describe('the record of a flow run', () => {
  it('follows a run from its trigger to its end', () => {
    const scheduled = propose('SCHEDULED');
    expect(scheduled.record).toMatchObject({
      expected_start_time: at('12:00:00'),
      next_scheduled_start_time: at('12:00:00'),
      start_time: null,
    });
    const pending = propose('PENDING', { from: scheduled.state, run: scheduled.record ?? {}, now: at('12:00:01') });
    expect(pending.record).toMatchObject({ expected_start_time: at('12:00:00'), next_scheduled_start_time: null, run_count: 0 });
    const running = propose('RUNNING', { from: pending.state, run: pending.record ?? {}, now: at('12:00:02') });
    expect(running.record).toMatchObject({ start_time: at('12:00:02'), end_time: null, run_count: 1 });
    const completed = propose('COMPLETED', { from: running.state, run: running.record ?? {}, now: at('12:00:05') });
    expect(completed.record).toMatchObject({ start_time: at('12:00:02'), end_time: at('12:00:05'), run_count: 1, total_run_time: 3 });
  });

  it('drops the end when the run is scheduled again, and keeps its total run time', () => {
    const run = { start_time: at('10:00:00'), end_time: at('11:00:00'), total_run_time: 7, infrastructure_pid: '123', run_count: 1 };
    const { record } = propose('SCHEDULED', { from: 'FAILED', run });
    expect(record).toMatchObject({ start_time: at('10:00:00'), end_time: null, total_run_time: 7, infrastructure_pid: null, run_count: 1 });
  });

  it('has a start time but no attempt if the run ended before it began', () => {
    for (const type of ['CANCELLED', 'CRASHED'] as const) {
      expect(propose(type, { from: 'PENDING' }).record).toMatchObject({
        start_time: at('12:00:00'),
        end_time: at('12:00:00'),
        run_count: 0,
      });
    }
  });

  it('is updated by force too', () => {
    const { record } = propose('RUNNING', { from: 'FAILED', run: { end_time: at('11:00:00'), run_count: 1 }, headers: { force: true } });
    expect(record).toMatchObject({ end_time: null, run_count: 2 });
  });

  it('counts RUNNING after RUNNING as another attempt', () => {
    expect(propose('RUNNING', { from: 'RUNNING', run: { run_count: 1 } }).record).toMatchObject({ run_count: 2, total_run_time: 3600 });
  });

  it('has strictly increasing timestamps of states, even if the clock goes back', () => {
    const from = propose('RUNNING', { from: 'PENDING' }).state;
    expect(propose('COMPLETED', { from }).state?.timestamp).toBe('2026-01-01T12:00:00.000001Z');
    expect(propose('COMPLETED', { from, now: at('09:00:00') }).state?.timestamp).toBe('2026-01-01T12:00:00.000001Z');
  });

  it('has the ids of the run and of its stand-in in the parent in each state', () => {
    const { state, effects } = propose('RUNNING', { from: 'PENDING', run: { parent_task_run_id: ids.parent } });
    expect(state?.state_details).toMatchObject({ flow_run_id: ids.run, task_run_id: ids.parent });
    expect(effects?.mirror).toBe(true);
    expect(propose('RUNNING', { from: 'PENDING' }).effects?.mirror).toBe(false);
  });
});

describe('retries of a flow', () => {
  const policy = (retries: number): { empirical_policy: { retries: number; retry_delay: number; pause_keys: string[] } } => ({
    empirical_policy: { retries, retry_delay: 10, pause_keys: ['a'] },
  });

  it('set the time of the next attempt, in the same process', () => {
    const decision = propose({ type: 'FAILED', message: 'no net' }, { from: 'RUNNING', run: { run_count: 1, ...policy(1) } });
    expect(outcome(decision)).toBe('REJECT AwaitingRetry');
    expect(decision.answer.details).toEqual({ type: 'reject_details', reason: 'Retrying' });
    expect(decision.state).toMatchObject({ message: 'no net', state_details: { scheduled_time: at('12:00:10') } });
    expect(decision.record?.empirical_policy).toMatchObject({ retry_type: 'in_process', pause_keys: [], resuming: false });
    expect(decision.record?.next_scheduled_start_time).toBe(at('12:00:10'));
  });

  it('keep the pid, and the name Running', () => {
    const failed = propose('FAILED', { from: 'RUNNING', run: { run_count: 1, infrastructure_pid: '123', ...policy(1) } });
    expect(failed.record?.infrastructure_pid).toBe('123');
    const running = propose('RUNNING', { from: failed.state, run: { run_count: 1, ...failed.record }, now: at('12:00:10') });
    expect(outcome(running)).toBe('ACCEPT Running');
    expect(running.record?.run_count).toBe(2);
  });

  it('end when they are used up: the run can then be scheduled for a worker', () => {
    const run = { run_count: 2, empirical_policy: { retries: 1, retry_type: 'in_process' as const } };
    const decision = propose('FAILED', { from: 'RUNNING', run });
    expect(outcome(decision)).toBe('ACCEPT Failed');
    expect(decision.record?.empirical_policy.retry_type).toBeNull();
  });

  it('follow FAILED after RUNNING only', () => {
    expect(outcome(propose('FAILED', { from: exampleState('PENDING'), run: { run_count: 0, ...policy(3) } }))).toBe('ACCEPT Failed');
    expect(outcome(propose('CRASHED', { from: 'RUNNING', run: { run_count: 1, ...policy(3) } }))).toBe('ACCEPT Crashed');
  });
});
