import { stateTypes } from '@tributary/contract/nouns/state';
import { describe, expect, it } from 'vitest';

import { at, exampleState, ids, propose, outcome } from '../test-support/example-flow-run.ts';

const headers = { worker: 'w1', boot: '22222222-0000-4000-8000-000000000001' };

describe('a claim', () => {
  it('returns a token, and records the worker that holds the run', () => {
    const decision = propose('PENDING', { from: 'SCHEDULED', headers });
    expect(decision.claim).toBe('new-claim');
    expect(decision.effects?.claim).toEqual({ do: 'take', claim: 'new-claim', ...headers });
  });

  it('goes to one of two workers', () => {
    const won = propose('PENDING', { from: 'SCHEDULED', headers });
    const lost = propose('PENDING', { from: won.state, headers: { ...headers, worker: 'w2' }, facts: { heldClaim: 'new-claim' } });
    expect(outcome(lost)).toBe('ABORT');
    expect(lost.claim).toBeNull();
  });

  it('returns the same token again when the request is repeated', () => {
    const state = { type: 'PENDING', state_details: { transition_id: ids.transition } } as const;
    const first = propose(state, { from: 'SCHEDULED', headers });
    const again = propose(state, { from: first.state, headers, facts: { heldClaim: first.claim } });
    expect(outcome(again)).toBe('REJECT');
    expect(again.claim).toBe('new-claim');
  });

  it('lasts while the run becomes Submitting', () => {
    const decision = propose(
      { type: 'PENDING', name: 'Submitting' },
      { from: 'PENDING', headers: { claim: 'mine' }, facts: { heldClaim: 'mine' } },
    );
    expect(outcome(decision)).toBe('ACCEPT Submitting');
    expect(decision.effects?.claim).toBeNull();
  });

  it('that has been replaced changes nothing, even by force', () => {
    for (const force of [false, true]) {
      const decision = propose('COMPLETED', { from: 'RUNNING', headers: { claim: 'old', force }, facts: { heldClaim: 'new' } });
      expect(outcome(decision)).toBe('ABORT');
    }
  });

  it("isn't required of Prefect's clients", () => {
    expect(outcome(propose('COMPLETED', { from: 'RUNNING', facts: { heldClaim: 'held' } }))).toBe('ACCEPT Completed');
  });

  it('ends when the run ends or waits for a worker again', () => {
    const facts = { heldClaim: 'held' };
    expect(propose('CRASHED', { from: 'RUNNING', facts }).effects?.claim).toEqual({ do: 'end' });
    expect(propose('SCHEDULED', { from: 'PENDING', facts }).effects?.claim).toEqual({ do: 'end' });
  });

  it('lasts through a retry within the process', () => {
    const run = { run_count: 1, empirical_policy: { retries: 1 } };
    const retry = propose('FAILED', { from: 'RUNNING', run, facts: { heldClaim: 'held' } });
    expect(outcome(retry)).toBe('REJECT AwaitingRetry');
    expect(retry.effects?.claim).toBeNull();
  });
});

describe('a claim that names the state it was offered', () => {
  const offer = exampleState('SCHEDULED');
  const named = { ...headers, offered: offer.id };
  const transition = { transition_id: ids.transition };

  it("gets the run in that state, with the state's id in upper or lower case", () => {
    for (const offered of [offer.id, offer.id.toUpperCase()]) {
      const decision = propose('PENDING', { from: offer, headers: { ...headers, offered } });
      expect([outcome(decision), decision.claim]).toEqual(['ACCEPT Pending', 'new-claim']);
    }
  });

  it.each(stateTypes)('is refused once the run is %s, even by force', (type) => {
    const now = exampleState(type, { name: 'Something else' });
    for (const force of [false, true]) {
      const decision = propose('PENDING', { from: now, headers: { ...named, force } });
      expect([outcome(decision), decision.claim]).toEqual(['ABORT', null]);
      expect(decision.answer.details.reason).toContain('it is Something else now');
      expect(decision.answer.state?.id).toBe(now.id);
    }
  });

  it("is refused if the run has no state, or if the offer isn't the id of a state", () => {
    expect(outcome(propose('PENDING', { from: null, headers: named }))).toBe('ABORT');
    for (const offered of ['', 'undefined'])
      expect(outcome(propose('PENDING', { from: offer, headers: { ...headers, offered } }))).toBe('ABORT');
  });

  it('returns the same token when it is repeated, until the run moves on', () => {
    const state = { type: 'PENDING', state_details: transition } as const;
    const first = propose(state, { from: offer, headers: named });
    const again = propose(state, { from: first.state, headers: named, facts: { heldClaim: first.claim } });
    expect([outcome(again), again.claim]).toEqual(['REJECT', 'new-claim']);
    const failed = propose('FAILED', { from: 'RUNNING', facts: { heldClaim: first.claim } });
    expect(outcome(propose(state, { from: failed.state, headers: named }))).toBe('ABORT');
    const retried = propose('SCHEDULED', { from: failed.state });
    expect(outcome(propose(state, { from: retried.state, headers: named }))).toBe('ABORT');
  });

  it('returns the same answer when it is repeated after it found no slot', () => {
    const state = { type: 'PENDING', state_details: transition } as const;
    const concurrency = { limitId: 'l', limit: 1, activeSlots: 1, strategy: 'ENQUEUE', leaseSeconds: 300 } as const;
    const first = propose(state, { from: offer, headers: named, facts: { concurrency } });
    expect(outcome(first)).toBe('REJECT AwaitingConcurrencySlot');
    const again = propose(state, { from: first.state, headers: named, facts: { concurrency } });
    expect([outcome(again), again.answer.state?.name]).toEqual(['REJECT', 'AwaitingConcurrencySlot']);
  });

  it('must name the new state of a run that became late, was retried or was resumed', () => {
    const suspended = exampleState('PAUSED', { name: 'Suspended', details: { pause_reschedule: true } });
    for (const [from, name] of [
      [offer, 'Late'],
      [exampleState('FAILED'), 'AwaitingRetry'],
      [suspended, 'Resuming'],
    ] as const) {
      const waiting = propose({ type: 'SCHEDULED', name }, { from });
      expect(outcome(propose('PENDING', { from: waiting.state, headers: named }))).toBe('ABORT');
      const offered = waiting.state?.id ?? null;
      expect(outcome(propose('PENDING', { from: waiting.state, headers: { ...headers, offered } }))).toBe('ACCEPT Pending');
    }
  });

  it("doesn't need an offer if it sends the run's token", () => {
    const held = { claim: 'mine', offered: offer.id };
    const submitting = propose({ type: 'PENDING', name: 'Submitting' }, { from: 'PENDING', headers: held, facts: { heldClaim: 'mine' } });
    expect(outcome(submitting)).toBe('ACCEPT Submitting');
  });
});

describe('a retry that names the final state that its client has read', () => {
  const end = exampleState('FAILED', { details: {} });
  const retry = { type: 'SCHEDULED', name: 'AwaitingRetry' } as const;

  it('schedules the run for a worker, and resets its pauses', () => {
    const run = { empirical_policy: { retry_type: 'in_process' as const, resuming: true, pause_keys: ['1'] } };
    const decision = propose(retry, { from: end, run, headers: { offered: end.id } });
    expect(outcome(decision)).toBe('ACCEPT AwaitingRetry');
    expect(decision.record?.empirical_policy).toMatchObject({ retry_type: 'reschedule', resuming: false, pause_keys: [] });
  });

  it.each(stateTypes)("doesn't change a run that has become %s since, even by force", (type) => {
    for (const force of [false, true]) {
      const decision = propose(retry, { from: exampleState(type, { name: 'Something else' }), headers: { offered: end.id, force } });
      expect([outcome(decision), decision.state]).toEqual(['ABORT', null]);
    }
  });
});

describe("a claim without an offer, as Prefect's workers send it", () => {
  it('gets a scheduled run of any state name', () => {
    for (const name of ['Scheduled', 'Late', 'AwaitingRetry', 'Resuming', 'AwaitingConcurrencySlot'])
      expect(outcome(propose('PENDING', { from: exampleState('SCHEDULED', { name }) }))).toBe('ACCEPT Pending');
  });

  it.each(['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'] as const)('is refused once the run is %s, except by force', (type) => {
    expect(outcome(propose('PENDING', { from: type, run: { run_count: 1 } }))).toBe('ABORT');
    expect(outcome(propose('PENDING', { from: type, headers: { force: true } }))).toBe('ACCEPT Pending');
  });

  it('is refused while the run waits for a retry within its process', () => {
    const run = { run_count: 1, empirical_policy: { retries: 3 } };
    const retry = propose('FAILED', { from: 'RUNNING', run, facts: { heldClaim: 'held' } });
    const waiting = { run_count: 1, empirical_policy: retry.record?.empirical_policy };
    expect(outcome(propose('PENDING', { from: retry.state, run: waiting }))).toBe('ABORT');
    expect(outcome(propose('RUNNING', { from: retry.state, run: waiting }))).toBe('ACCEPT Running');
  });
});

describe('cancelling', () => {
  it('ends a scheduled run at once', () => {
    expect(outcome(propose('CANCELLING', { from: 'SCHEDULED' }))).toBe('REJECT Cancelled');
  });

  it('waits for the process of a run that is between two attempts', () => {
    const from = exampleState('SCHEDULED', { name: 'AwaitingRetry' });
    const run = { infrastructure_pid: '123', empirical_policy: { retry_type: 'in_process' as const } };
    expect(outcome(propose('CANCELLING', { from, run }))).toBe('ACCEPT Cancelling');
  });

  it('ends a suspended run at once, and waits for the process of a paused one', () => {
    const suspended = exampleState('PAUSED', { name: 'Suspended', details: { pause_reschedule: true } });
    expect(outcome(propose('CANCELLING', { from: suspended }))).toBe('REJECT Cancelled');
    const late = exampleState('PAUSED', { details: { pause_timeout: at('11:59:00') } });
    expect(outcome(propose('CANCELLING', { from: late }))).toBe('ACCEPT Cancelling');
  });

  it('cancels the children, and ends what ran in the process once the run has ended', () => {
    expect(propose('CANCELLING', { from: 'RUNNING' }).effects).toMatchObject({ cancelChildren: 'cancelled', settleInside: false });
    expect(propose('CANCELLED', { from: 'CANCELLING' }).effects).toMatchObject({ cancelChildren: 'cancelled', settleInside: true });
    expect(propose('CRASHED', { from: 'RUNNING' }).effects).toMatchObject({ cancelChildren: null, settleInside: true });
    expect(propose('FAILED', { from: 'RUNNING' }).effects).toMatchObject({ cancelChildren: 'failed', settleInside: false });
    expect(propose('COMPLETED', { from: 'RUNNING' }).effects).toMatchObject({ cancelChildren: null, settleInside: false });
  });
});
