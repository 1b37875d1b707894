import { describe, expect, it } from 'vitest';

import { at, exampleState, ids, propose, outcome } from '../test-support/example-flow-run.ts';
import type { DeploymentConcurrency } from './flow-run-decision.ts';

const limit = (given: Partial<DeploymentConcurrency> = {}): { concurrency: DeploymentConcurrency } => ({
  concurrency: { limitId: 'limit', limit: 1, activeSlots: 0, strategy: 'ENQUEUE', leaseSeconds: 300, ...given },
});
const held = exampleState('PENDING', { details: { deployment_concurrency_lease_id: ids.lease } });

describe("a deployment's concurrency limit", () => {
  it('gives a claim a slot and a lease to renew', () => {
    const { state, effects } = propose('PENDING', { from: 'SCHEDULED', facts: limit() });
    expect(effects?.slot).toMatchObject({ do: 'take', limitId: 'limit', seconds: 300 });
    expect(state?.state_details.deployment_concurrency_lease_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('that is full makes a run wait 30 s, without claim and slot', () => {
    const decision = propose('PENDING', { from: 'SCHEDULED', facts: limit({ activeSlots: 1 }) });
    expect(outcome(decision)).toBe('REJECT AwaitingConcurrencySlot');
    expect(decision.state?.state_details.scheduled_time).toBe(at('12:00:30'));
    expect(decision.record?.next_scheduled_start_time).toBe(at('12:00:30'));
    expect(decision.effects).toMatchObject({ slot: null, claim: null });
  });

  it('that is full cancels the new run with CANCEL_NEW', () => {
    const decision = propose('PENDING', { from: 'SCHEDULED', facts: limit({ activeSlots: 1, strategy: 'CANCEL_NEW' }) });
    expect(outcome(decision)).toBe('REJECT Cancelled');
    expect(decision.state?.message).toBe('Deployment concurrency limit reached.');
  });

  it('of 0 aborts, even with CANCEL_NEW', () => {
    expect(outcome(propose('PENDING', { from: 'SCHEDULED', facts: limit({ limit: 0, strategy: 'CANCEL_NEW' }) }))).toBe('ABORT');
  });

  it('takes one slot per run, however often its name changes', () => {
    const facts = { ...limit({ activeSlots: 1 }), heldLease: ids.lease };
    const { answer, effects, state } = propose({ type: 'PENDING', name: 'Submitting' }, { from: held, facts });
    expect(answer.status).toBe('ACCEPT');
    expect(effects?.slot).toBeNull();
    expect(state?.state_details.deployment_concurrency_lease_id).toBe(ids.lease);
  });

  it('renews the lease of a run that begins', () => {
    const { effects, state } = propose('RUNNING', { from: held, facts: { ...limit({ activeSlots: 1 }), heldLease: ids.lease } });
    expect(effects?.slot).toEqual({ do: 'renew', lease: ids.lease, seconds: 300 });
    expect(state?.state_details.deployment_concurrency_lease_id).toBe(ids.lease);
  });

  it('gives another slot to a run whose lease lapsed before the run began, or cancels the run if no slot is free', () => {
    const again = propose('RUNNING', { from: held, facts: limit() });
    expect(outcome(again)).toBe('ACCEPT Running');
    expect(again.effects?.slot).toMatchObject({ do: 'take' });
    expect(outcome(propose('RUNNING', { from: held, facts: limit({ activeSlots: 1 }) }))).toBe('REJECT Cancelled');
  });

  it('keeps the slot while the run is cancelling, and between attempts in its process', () => {
    const facts = { ...limit({ activeSlots: 1 }), heldLease: ids.lease };
    const run = { run_count: 1, empirical_policy: { retries: 1 } };
    expect(propose('CANCELLING', { from: 'RUNNING', facts }).effects?.slot).toBeNull();
    const retry = propose('FAILED', { from: 'RUNNING', run, facts });
    expect(retry.effects?.slot).toBeNull();
    expect(retry.state?.state_details.deployment_concurrency_lease_id).toBe(ids.lease);
  });

  it.each(['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED', 'SCHEDULED'] as const)(
    'gets its slot back when the run is %s, by force too',
    (type) => {
      const facts = { ...limit({ activeSlots: 1 }), heldLease: ids.lease };
      for (const force of [false, true]) {
        const { effects, state } = propose(type, { from: 'RUNNING', facts, headers: { force } });
        expect(effects?.slot).toEqual({ do: 'release' });
        expect(state?.state_details.deployment_concurrency_lease_id).toBeNull();
      }
    },
  );
});
