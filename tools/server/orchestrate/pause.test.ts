import { describe, expect, it } from 'vitest';

import { at, exampleState, ids, propose, outcome } from '../test-support/example-flow-run.ts';

const suspend = { type: 'PAUSED', name: 'Suspended', state_details: { pause_reschedule: true } } as const;

describe('a pause', () => {
  it('fires once per key', () => {
    const pause = { type: 'PAUSED', state_details: { pause_key: 'approve' } } as const;
    const first = propose(pause, { from: 'RUNNING' });
    expect(first.record?.empirical_policy.pause_keys).toEqual(['approve']);
    expect(outcome(propose(pause, { from: 'RUNNING', run: { empirical_policy: first.record?.empirical_policy } }))).toBe('REJECT');
  });

  it('suspends only a run that a worker can start again: with a deployment and without a parent', () => {
    expect(outcome(propose(suspend, { from: 'RUNNING' }))).toBe('ACCEPT Suspended');
    expect(outcome(propose(suspend, { from: 'RUNNING', run: { deployment_id: null } }))).toBe('ABORT');
    expect(outcome(propose(suspend, { from: 'RUNNING', run: { parent_task_run_id: ids.parent } }))).toBe('ABORT');
  });

  it('keeps claim and slot, and releases both when it suspends the run', () => {
    const facts = { heldClaim: 'held', heldLease: ids.lease };
    expect(propose('PAUSED', { from: 'RUNNING', facts }).effects).toMatchObject({ claim: null, slot: null });
    expect(propose(suspend, { from: 'RUNNING', facts }).effects).toMatchObject({ claim: { do: 'end' }, slot: { do: 'release' } });
  });

  it("by another client: a suspended run keeps claim and slot until the run's process proposes the same state", () => {
    const facts = { heldClaim: 'held', heldLease: ids.lease };
    const run = { labels: { 'tributary.boot': 'a boot' } };
    const outside = propose(suspend, { from: 'RUNNING', run, facts });
    expect(outside.effects).toMatchObject({ claim: null, slot: null });
    const from = outside.state;
    expect(outcome(propose('COMPLETED', { from, run, facts, headers: { claim: 'held' } }))).toBe('ACCEPT Completed');
    expect(outcome(propose('CANCELLING', { from, run, facts }))).toBe('ACCEPT Cancelling');
    expect(propose('SCHEDULED', { from, run, facts }).effects).toMatchObject({ claim: { do: 'end' }, slot: { do: 'release' } });
    expect(outcome(propose(suspend, { from, run, facts }))).toBe('REJECT');
    const confirmed = propose(suspend, { from, run, facts, headers: { claim: 'held' } });
    expect(outcome(confirmed)).toBe('ACCEPT Suspended');
    expect(confirmed.effects).toMatchObject({ claim: { do: 'end' }, slot: { do: 'release' } });
    expect(outcome(propose('CANCELLING', { from: confirmed.state, run }))).toBe('REJECT Cancelled');
  });

  it("doesn't count a resumed run as a new attempt", () => {
    const { record } = propose('RUNNING', { from: 'PAUSED', run: { run_count: 1 } });
    expect(record).toMatchObject({ run_count: 1, empirical_policy: { resuming: false } });
  });

  it('fails the run that resumes past its timeout', () => {
    const from = exampleState('PAUSED', { details: { pause_timeout: at('11:59:00') } });
    const decision = propose('RUNNING', { from });
    expect(outcome(decision)).toBe('REJECT Failed');
    expect(decision.state?.message).toBe('The flow was paused and never resumed.');
  });
});
