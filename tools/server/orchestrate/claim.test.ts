import { stateTypes } from '@tributary/contract/nouns/state';
import { describe, expect, it } from 'vitest';

import { at, exampleState, ids, propose, told } from '../test-support/example-flow-run.ts';

const headers = { worker: 'w1', boot: '22222222-0000-4000-8000-000000000001' };

describe('a claim', () => {
  it('answers a token, and names the worker that holds the run', () => {
    const decision = propose('PENDING', { from: 'SCHEDULED', headers });
    expect(decision.claim).toBe('new-claim');
    expect(decision.effects?.claim).toEqual({ do: 'take', claim: 'new-claim', ...headers });
  });

  it('is won by one of two workers', () => {
    const won = propose('PENDING', { from: 'SCHEDULED', headers });
    const lost = propose('PENDING', { from: won.state, headers: { ...headers, worker: 'w2' }, facts: { heldClaim: 'new-claim' } });
    expect(told(lost)).toBe('ABORT');
    expect(lost.claim).toBeNull();
  });

  it('whose answer got lost is told its token again', () => {
    const state = { type: 'PENDING', state_details: { transition_id: ids.transition } } as const;
    const first = propose(state, { from: 'SCHEDULED', headers });
    const again = propose(state, { from: first.state, headers, facts: { heldClaim: first.claim } });
    expect(told(again)).toBe('REJECT');
    expect(again.claim).toBe('new-claim');
  });

  it('goes on as submission does', () => {
    const decision = propose(
      { type: 'PENDING', name: 'Submitting' },
      { from: 'PENDING', headers: { claim: 'mine' }, facts: { heldClaim: 'mine' } },
    );
    expect(told(decision)).toBe('ACCEPT Submitting');
    expect(decision.effects?.claim).toBeNull();
  });

  it('that is no longer the one held changes nothing, not even by force', () => {
    for (const force of [false, true]) {
      const decision = propose('COMPLETED', { from: 'RUNNING', headers: { claim: 'old', force }, facts: { heldClaim: 'new' } });
      expect(told(decision)).toBe('ABORT');
    }
  });

  it('is not asked of Prefect clients, which know no claims', () => {
    expect(told(propose('COMPLETED', { from: 'RUNNING', facts: { heldClaim: 'held' } }))).toBe('ACCEPT Completed');
  });

  it('ends with the run, and with its going back to wait for a worker', () => {
    const facts = { heldClaim: 'held' };
    expect(propose('CRASHED', { from: 'RUNNING', facts }).effects?.claim).toEqual({ do: 'end' });
    expect(propose('SCHEDULED', { from: 'PENDING', facts }).effects?.claim).toEqual({ do: 'end' });
  });

  it('outlives a retry within the process', () => {
    const run = { run_count: 1, empirical_policy: { retries: 1 } };
    const retry = propose('FAILED', { from: 'RUNNING', run, facts: { heldClaim: 'held' } });
    expect(told(retry)).toBe('REJECT AwaitingRetry');
    expect(retry.effects?.claim).toBeNull();
  });
});

describe('a claim that names the state it was offered', () => {
  const offer = exampleState('SCHEDULED');
  const named = { ...headers, offered: offer.id };
  const transition = { transition_id: ids.transition };

  it('gets the run in that state, however the id is spelled', () => {
    for (const offered of [offer.id, offer.id.toUpperCase()]) {
      const decision = propose('PENDING', { from: offer, headers: { ...headers, offered } });
      expect([told(decision), decision.claim]).toEqual(['ACCEPT Pending', 'new-claim']);
    }
  });

  it.each(stateTypes)('is refused once the run is %s, whether it waits again or not, even by force', (type) => {
    const now = exampleState(type, { name: 'Something else' });
    for (const force of [false, true]) {
      const decision = propose('PENDING', { from: now, headers: { ...named, force } });
      expect([told(decision), decision.claim]).toEqual(['ABORT', null]);
      expect(decision.answer.details.reason).toContain('it is Something else now');
      expect(decision.answer.state?.id).toBe(now.id);
    }
  });

  it('is refused where the run has no state, or the id is none', () => {
    expect(told(propose('PENDING', { from: null, headers: named }))).toBe('ABORT');
    for (const offered of ['', 'undefined'])
      expect(told(propose('PENDING', { from: offer, headers: { ...headers, offered } }))).toBe('ABORT');
  });

  it('and that was granted once is told its token again, and refused when it comes after the run has moved on', () => {
    const state = { type: 'PENDING', state_details: transition } as const;
    const first = propose(state, { from: offer, headers: named });
    const again = propose(state, { from: first.state, headers: named, facts: { heldClaim: first.claim } });
    expect([told(again), again.claim]).toEqual(['REJECT', 'new-claim']);
    const failed = propose('FAILED', { from: 'RUNNING', facts: { heldClaim: first.claim } });
    expect(told(propose(state, { from: failed.state, headers: named }))).toBe('ABORT');
    const retried = propose('SCHEDULED', { from: failed.state });
    expect(told(propose(state, { from: retried.state, headers: named }))).toBe('ABORT');
  });

  it('and found no slot is answered the same when it is sent again', () => {
    const state = { type: 'PENDING', state_details: transition } as const;
    const concurrency = { limitId: 'l', limit: 1, activeSlots: 1, strategy: 'ENQUEUE', leaseSeconds: 300 } as const;
    const first = propose(state, { from: offer, headers: named, facts: { concurrency } });
    expect(told(first)).toBe('REJECT AwaitingConcurrencySlot');
    const again = propose(state, { from: first.state, headers: named, facts: { concurrency } });
    expect([told(again), again.answer.state?.name]).toEqual(['REJECT', 'AwaitingConcurrencySlot']);
  });

  it('is for a new state when the run became late, was retried, or was resumed', () => {
    const suspended = exampleState('PAUSED', { name: 'Suspended', details: { pause_reschedule: true } });
    for (const [from, name] of [
      [offer, 'Late'],
      [exampleState('FAILED'), 'AwaitingRetry'],
      [suspended, 'Resuming'],
    ] as const) {
      const waiting = propose({ type: 'SCHEDULED', name }, { from });
      expect(told(propose('PENDING', { from: waiting.state, headers: named }))).toBe('ABORT');
      const offered = waiting.state?.id ?? null;
      expect(told(propose('PENDING', { from: waiting.state, headers: { ...headers, offered } }))).toBe('ACCEPT Pending');
    }
  });

  it('goes on under its token, which stands for the offer', () => {
    const held = { claim: 'mine', offered: offer.id };
    const submitting = propose({ type: 'PENDING', name: 'Submitting' }, { from: 'PENDING', headers: held, facts: { heldClaim: 'mine' } });
    expect(told(submitting)).toBe('ACCEPT Submitting');
  });
});

describe('a retry that names the end it was read in', () => {
  const end = exampleState('FAILED', { details: {} });
  const retry = { type: 'SCHEDULED', name: 'AwaitingRetry' } as const;

  it('sends the run to work again, and forgets what the attempt left', () => {
    const run = { empirical_policy: { retry_type: 'in_process' as const, resuming: true, pause_keys: ['1'] } };
    const decision = propose(retry, { from: end, run, headers: { offered: end.id } });
    expect(told(decision)).toBe('ACCEPT AwaitingRetry');
    expect(decision.record?.empirical_policy).toMatchObject({ retry_type: 'reschedule', resuming: false, pause_keys: [] });
  });

  it.each(stateTypes)('leaves a run alone that is %s by then, by force too', (type) => {
    for (const force of [false, true]) {
      const decision = propose(retry, { from: exampleState(type, { name: 'Something else' }), headers: { offered: end.id, force } });
      expect([told(decision), decision.state]).toEqual(['ABORT', null]);
    }
  });
});

describe('a claim that names no state, of a worker of Prefect’s', () => {
  it('gets a run that waits, in whatever state', () => {
    for (const name of ['Scheduled', 'Late', 'AwaitingRetry', 'Resuming', 'AwaitingConcurrencySlot'])
      expect(told(propose('PENDING', { from: exampleState('SCHEDULED', { name }) }))).toBe('ACCEPT Pending');
  });

  it.each(['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'] as const)('is refused once the run is %s, but for force', (type) => {
    expect(told(propose('PENDING', { from: type, run: { run_count: 1 } }))).toBe('ABORT');
    expect(told(propose('PENDING', { from: type, headers: { force: true } }))).toBe('ACCEPT Pending');
  });

  it('is refused while the run waits in its process for a retry', () => {
    const run = { run_count: 1, empirical_policy: { retries: 3 } };
    const retry = propose('FAILED', { from: 'RUNNING', run, facts: { heldClaim: 'held' } });
    const waiting = { run_count: 1, empirical_policy: retry.record?.empirical_policy };
    expect(told(propose('PENDING', { from: retry.state, run: waiting }))).toBe('ABORT');
    expect(told(propose('RUNNING', { from: retry.state, run: waiting }))).toBe('ACCEPT Running');
  });
});

describe('cancelling', () => {
  it('a run that waits is done at once', () => {
    expect(told(propose('CANCELLING', { from: 'SCHEDULED' }))).toBe('REJECT Cancelled');
  });

  it('a run that waits in its process for a retry has a process to stop', () => {
    const from = exampleState('SCHEDULED', { name: 'AwaitingRetry' });
    const run = { infrastructure_pid: '123', empirical_policy: { retry_type: 'in_process' as const } };
    expect(told(propose('CANCELLING', { from, run }))).toBe('ACCEPT Cancelling');
  });

  it('a suspended run is done at once, the process of one that is paused is told to stop', () => {
    const suspended = exampleState('PAUSED', { name: 'Suspended', details: { pause_reschedule: true } });
    expect(told(propose('CANCELLING', { from: suspended }))).toBe('REJECT Cancelled');
    const late = exampleState('PAUSED', { details: { pause_timeout: at('11:59:00') } });
    expect(told(propose('CANCELLING', { from: late }))).toBe('ACCEPT Cancelling');
  });

  it('reaches the children, and what ran inside once the run has ended', () => {
    expect(propose('CANCELLING', { from: 'RUNNING' }).effects).toMatchObject({ cancelChildren: true, settleInside: false });
    expect(propose('CANCELLED', { from: 'CANCELLING' }).effects).toMatchObject({ cancelChildren: true, settleInside: true });
    expect(propose('CRASHED', { from: 'RUNNING' }).effects).toMatchObject({ cancelChildren: false, settleInside: true });
    expect(propose('COMPLETED', { from: 'RUNNING' }).effects).toMatchObject({ cancelChildren: false, settleInside: false });
  });
});
