import type { FlowRunId, TaskRunId } from '@tributary/contract';
import type { State, StateProposal, StateType } from '@tributary/contract/nouns/state';
import { describe, expect, it } from 'vitest';

import { decideTaskRun } from './decide-task-run.ts';
import { at, exampleContext, exampleState } from '../test-support/example-flow-run.ts';
import type { OrchestratedTaskRun, TaskRunDecision, TaskRunFacts } from './task-run-decision.ts';

const running: TaskRunFacts['flowRun'] = { state: exampleState('RUNNING'), run_count: 1 };

function propose(
  state: StateProposal | StateType,
  given: { from?: State | StateType | null; run?: Partial<OrchestratedTaskRun>; flowRun?: TaskRunFacts['flowRun']; force?: boolean } = {},
): TaskRunDecision {
  const { from = null, run, flowRun = running, force = false } = given;
  return decideTaskRun(
    {
      run: {
        id: '33333333-0000-4000-8000-000000000001' as TaskRunId,
        flow_run_id: '33333333-0000-4000-8000-000000000002' as FlowRunId,
        state: typeof from === 'string' ? exampleState(from) : from,
        run_count: 0,
        flow_run_run_count: 1,
        total_run_time: 0,
        ...run,
      },
      flowRun,
    },
    { state: typeof state === 'string' ? { type: state } : state, force },
    exampleContext(),
  );
}
const outcome = ({ answer, state }: TaskRunDecision): string => (state ? `${answer.status} ${state.name}` : answer.status);

describe('a task run reported by REST', () => {
  it('runs while its flow does', () => {
    expect(outcome(propose('RUNNING', { from: 'PENDING' }))).toBe('ACCEPT Running');
    for (const type of ['COMPLETED', 'CANCELLING', 'SCHEDULED', 'CRASHED'] as const) {
      expect(outcome(propose('RUNNING', { from: 'PENDING', flowRun: { state: exampleState(type), run_count: 1 } }))).toBe('ABORT');
    }
    expect(outcome(propose('RUNNING', { from: 'PENDING', flowRun: null }))).toBe('ACCEPT Running');
  });

  it('is NotReady while its flow is paused, with the same timeout', () => {
    const details = { pause_timeout: at('13:00:00') };
    const decision = propose('RUNNING', { from: 'PENDING', flowRun: { state: exampleState('PAUSED', { details }), run_count: 1 } });
    expect(outcome(decision)).toBe('REJECT NotReady');
    expect(decision.state).toMatchObject({ type: 'PAUSED', state_details: details });
  });

  it('stays ended', () => {
    for (const type of ['CANCELLING', 'PAUSED', 'CRASHED'] as const) expect(outcome(propose(type, { from: 'FAILED' }))).toBe('ABORT');
    expect(outcome(propose('RUNNING', { from: exampleState('COMPLETED', { data: { value: 1 } }) }))).toBe('REJECT');
  });

  it('that runs again after its end has all its retries, and is Retrying when its flow retries', () => {
    const decision = propose('RUNNING', {
      from: 'FAILED',
      run: { run_count: 3 },
      flowRun: { state: exampleState('RUNNING'), run_count: 2 },
    });
    expect(outcome(decision)).toBe('ACCEPT Retrying');
    expect(decision.record).toMatchObject({ run_count: 1, flow_run_run_count: 2 });
    expect(outcome(propose('RUNNING', { from: 'FAILED', run: { run_count: 3 } }))).toBe('ACCEPT Running');
  });

  it('retries as often as its policy allows, each attempt after its own delay', () => {
    const policy = (run_count: number): { run: Partial<OrchestratedTaskRun> } => ({
      run: { run_count, empirical_policy: { retries: 3, retry_delay: [1, 10] } },
    });
    const due = (run_count: number): unknown =>
      propose('FAILED', { from: 'RUNNING', ...policy(run_count) }).state?.state_details.scheduled_time;
    expect([due(1), due(2), due(3)]).toEqual([at('12:00:01'), at('12:00:10'), at('12:00:10')]);
    expect(outcome(propose('FAILED', { from: 'RUNNING', ...policy(4) }))).toBe('ACCEPT Failed');
    const hopeless = { type: 'FAILED', state_details: { retriable: false } } as const;
    expect(outcome(propose(hopeless, { from: 'RUNNING', ...policy(1) }))).toBe('ACCEPT Failed');
  });

  it('waits until it is due, even when it is PENDING', () => {
    const scheduled = exampleState('SCHEDULED', { details: { scheduled_time: at('12:00:10') } });
    const pending = propose('PENDING', { from: scheduled }).state;
    for (const from of [scheduled, pending]) {
      expect(propose('RUNNING', { from }).answer).toMatchObject({ status: 'WAIT', details: { delay_seconds: 10 } });
    }
  });

  it('is Retrying or Rerunning in a further attempt', () => {
    const awaiting = exampleState('SCHEDULED', { name: 'AwaitingRetry' });
    expect(outcome(propose('RUNNING', { from: awaiting, run: { run_count: 1 } }))).toBe('ACCEPT Retrying');
    expect(outcome(propose('RUNNING', { from: 'PENDING', run: { run_count: 1 } }))).toBe('ACCEPT Rerunning');
  });

  it('takes any state by force, and its record is updated', () => {
    const decision = propose('RUNNING', { from: 'COMPLETED', force: true, flowRun: { state: exampleState('COMPLETED'), run_count: 1 } });
    expect(outcome(decision)).toBe('ACCEPT Running');
    expect(decision.record).toMatchObject({ run_count: 1, start_time: at('12:00:00') });
  });
});
