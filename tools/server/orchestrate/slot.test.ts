import { describe, expect, it } from 'vitest';

import { at, exampleState, ids, propose, told } from '../test-support/example-flow-run.ts';
import type { DeploymentConcurrency } from './flow-run-decision.ts';

const limit = (given: Partial<DeploymentConcurrency> = {}): { concurrency: DeploymentConcurrency } => ({
  concurrency: { limitId: 'limit', limit: 1, activeSlots: 0, strategy: 'ENQUEUE', leaseSeconds: 300, ...given },
});
const held = exampleState('PENDING', { details: { deployment_concurrency_lease_id: ids.lease } });

describe("a deployment's concurrency limit", () => {
  it('gives a claim a slot, and tells the lease to be renewed', () => {
    const { state, effects } = propose('PENDING', { from: 'SCHEDULED', facts: limit() });
    expect(effects?.slot).toMatchObject({ do: 'take', limitId: 'limit', seconds: 300 });
    expect(state?.state_details.deployment_concurrency_lease_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('when reached, sends a run back to wait 30 s, with no claim and no slot', () => {
    const decision = propose('PENDING', { from: 'SCHEDULED', facts: limit({ activeSlots: 1 }) });
    expect(told(decision)).toBe('REJECT AwaitingConcurrencySlot');
    expect(decision.state?.state_details.scheduled_time).toBe(at('12:00:30'));
    expect(decision.record?.next_scheduled_start_time).toBe(at('12:00:30'));
    expect(decision.effects).toMatchObject({ slot: null, claim: null });
  });

  it('when reached, cancels the new run if the deployment says so', () => {
    const decision = propose('PENDING', { from: 'SCHEDULED', facts: limit({ activeSlots: 1, strategy: 'CANCEL_NEW' }) });
    expect(told(decision)).toBe('REJECT Cancelled');
    expect(decision.state?.message).toBe('Deployment concurrency limit reached.');
  });

  it('of 0 aborts, whatever the deployment says', () => {
    expect(told(propose('PENDING', { from: 'SCHEDULED', facts: limit({ limit: 0, strategy: 'CANCEL_NEW' }) }))).toBe('ABORT');
  });

  it('takes one slot a run, however often it is named anew', () => {
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

  it('gives a run whose lease lapsed on the way another slot if one is free, and else lets it go', () => {
    const again = propose('RUNNING', { from: held, facts: limit() });
    expect(told(again)).toBe('ACCEPT Running');
    expect(again.effects?.slot).toMatchObject({ do: 'take' });
    expect(told(propose('RUNNING', { from: held, facts: limit({ activeSlots: 1 }) }))).toBe('REJECT Cancelled');
  });

  it('keeps the slot while the run is cancelled, and while it retries within its process', () => {
    const facts = { ...limit({ activeSlots: 1 }), heldLease: ids.lease };
    const run = { run_count: 1, empirical_policy: { retries: 1 } };
    expect(propose('CANCELLING', { from: 'RUNNING', facts }).effects?.slot).toBeNull();
    const retry = propose('FAILED', { from: 'RUNNING', run, facts });
    expect(retry.effects?.slot).toBeNull();
    expect(retry.state?.state_details.deployment_concurrency_lease_id).toBe(ids.lease);
  });

  it.each(['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED', 'SCHEDULED'] as const)('is given the slot back at %s, by force too', (type) => {
    const facts = { ...limit({ activeSlots: 1 }), heldLease: ids.lease };
    for (const force of [false, true]) {
      const { effects, state } = propose(type, { from: 'RUNNING', facts, headers: { force } });
      expect(effects?.slot).toEqual({ do: 'release' });
      expect(state?.state_details.deployment_concurrency_lease_id).toBeNull();
    }
  });
});
