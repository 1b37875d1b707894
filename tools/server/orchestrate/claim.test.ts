import { describe, expect, test } from 'vitest';

import { at, exampleState, ids, propose, told } from './example-flow-run.ts';

const headers = { worker: 'w1', boot: '22222222-0000-4000-8000-000000000001' };

describe('a claim', () => {
  test('answers a token, and names the worker that holds the run', () => {
    const decision = propose('PENDING', { from: 'SCHEDULED', headers });
    expect(decision.claim).toBe('new-claim');
    expect(decision.effects?.claim).toEqual({ do: 'take', claim: 'new-claim', ...headers });
  });

  test('is won by one of two workers', () => {
    const won = propose('PENDING', { from: 'SCHEDULED', headers });
    const lost = propose('PENDING', { from: won.state, headers: { ...headers, worker: 'w2' }, facts: { heldClaim: 'new-claim' } });
    expect(told(lost)).toBe('ABORT');
    expect(lost.claim).toBeNull();
  });

  test('whose answer got lost is told its token again', () => {
    const state = { type: 'PENDING', state_details: { transition_id: ids.transition } } as const;
    const first = propose(state, { from: 'SCHEDULED', headers });
    const again = propose(state, { from: first.state, headers, facts: { heldClaim: first.claim } });
    expect(told(again)).toBe('REJECT');
    expect(again.claim).toBe('new-claim');
  });

  test('goes on as submission does', () => {
    const decision = propose(
      { type: 'PENDING', name: 'Submitting' },
      { from: 'PENDING', headers: { claim: 'mine' }, facts: { heldClaim: 'mine' } },
    );
    expect(told(decision)).toBe('ACCEPT Submitting');
    expect(decision.effects?.claim).toBeNull();
  });

  test('that is no longer the one held changes nothing, not even by force', () => {
    for (const force of [false, true]) {
      const decision = propose('COMPLETED', { from: 'RUNNING', headers: { claim: 'old', force }, facts: { heldClaim: 'new' } });
      expect(told(decision)).toBe('ABORT');
    }
  });

  test('is not asked of Prefect clients, which know no claims', () => {
    expect(told(propose('COMPLETED', { from: 'RUNNING', facts: { heldClaim: 'held' } }))).toBe('ACCEPT Completed');
  });

  test('ends with the run, and with its going back to wait for a worker', () => {
    const facts = { heldClaim: 'held' };
    expect(propose('CRASHED', { from: 'RUNNING', facts }).effects?.claim).toEqual({ do: 'end' });
    expect(propose('SCHEDULED', { from: 'PENDING', facts }).effects?.claim).toEqual({ do: 'end' });
  });

  test('outlives a retry within the process', () => {
    const run = { run_count: 1, empirical_policy: { retries: 1 } };
    const retry = propose('FAILED', { from: 'RUNNING', run, facts: { heldClaim: 'held' } });
    expect(told(retry)).toBe('REJECT AwaitingRetry');
    expect(retry.effects?.claim).toBeNull();
  });
});

describe('cancelling', () => {
  test('a run that waits is done at once', () => {
    expect(told(propose('CANCELLING', { from: 'SCHEDULED' }))).toBe('REJECT Cancelled');
  });

  test('a run that waits in its process for a retry has a process to stop', () => {
    const from = exampleState('SCHEDULED', { name: 'AwaitingRetry' });
    const run = { infrastructure_pid: '123', empirical_policy: { retry_type: 'in_process' as const } };
    expect(told(propose('CANCELLING', { from, run }))).toBe('ACCEPT Cancelling');
  });

  test('a suspended run is done at once, the process of one that is paused is told to stop', () => {
    const suspended = exampleState('PAUSED', { name: 'Suspended', details: { pause_reschedule: true } });
    expect(told(propose('CANCELLING', { from: suspended }))).toBe('REJECT Cancelled');
    const late = exampleState('PAUSED', { details: { pause_timeout: at('11:59:00') } });
    expect(told(propose('CANCELLING', { from: late }))).toBe('ACCEPT Cancelling');
  });

  test('reaches the children, and what ran inside once the run has ended', () => {
    expect(propose('CANCELLING', { from: 'RUNNING' }).effects).toMatchObject({ cancelChildren: true, settleInside: false });
    expect(propose('CANCELLED', { from: 'CANCELLING' }).effects).toMatchObject({ cancelChildren: true, settleInside: true });
    expect(propose('CRASHED', { from: 'RUNNING' }).effects).toMatchObject({ cancelChildren: false, settleInside: true });
    expect(propose('COMPLETED', { from: 'RUNNING' }).effects).toMatchObject({ cancelChildren: false, settleInside: false });
  });
});
