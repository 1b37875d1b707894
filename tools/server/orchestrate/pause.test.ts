import { describe, expect, it } from 'vitest';

import { at, exampleState, ids, propose, told } from '../test-support/example-flow-run.ts';

const suspend = { type: 'PAUSED', name: 'Suspended', state_details: { pause_reschedule: true } } as const;

describe('a pause', () => {
  it('fires once for a key', () => {
    const pause = { type: 'PAUSED', state_details: { pause_key: 'approve' } } as const;
    const first = propose(pause, { from: 'RUNNING' });
    expect(first.record?.empirical_policy.pause_keys).toEqual(['approve']);
    expect(told(propose(pause, { from: 'RUNNING', run: { empirical_policy: first.record?.empirical_policy } }))).toBe('REJECT');
  });

  it('suspends a run that a worker can take up again, and no other', () => {
    expect(told(propose(suspend, { from: 'RUNNING' }))).toBe('ACCEPT Suspended');
    expect(told(propose(suspend, { from: 'RUNNING', run: { deployment_id: null } }))).toBe('ABORT');
    expect(told(propose(suspend, { from: 'RUNNING', run: { parent_task_run_id: ids.parent } }))).toBe('ABORT');
  });

  it('keeps claim and slot in its process, and gives them back when suspended', () => {
    const facts = { heldClaim: 'held', heldLease: ids.lease };
    expect(propose('PAUSED', { from: 'RUNNING', facts }).effects).toMatchObject({ claim: null, slot: null });
    expect(propose(suspend, { from: 'RUNNING', facts }).effects).toMatchObject({ claim: { do: 'end' }, slot: { do: 'release' } });
  });

  it('from outside leaves a suspended run its claim and slot until whoever holds it says that its process goes', () => {
    const facts = { heldClaim: 'held', heldLease: ids.lease };
    const run = { labels: { 'tributary.boot': 'a life' } };
    const outside = propose(suspend, { from: 'RUNNING', run, facts });
    expect(outside.effects).toMatchObject({ claim: null, slot: null });
    const from = outside.state;
    expect(told(propose('COMPLETED', { from, run, facts, headers: { claim: 'held' } }))).toBe('ACCEPT Completed');
    expect(told(propose('CANCELLING', { from, run, facts }))).toBe('ACCEPT Cancelling');
    expect(propose('SCHEDULED', { from, run, facts }).effects).toMatchObject({ claim: { do: 'end' }, slot: { do: 'release' } });
    expect(told(propose(suspend, { from, run, facts }))).toBe('REJECT');
    const gone = propose(suspend, { from, run, facts, headers: { claim: 'held' } });
    expect(told(gone)).toBe('ACCEPT Suspended');
    expect(gone.effects).toMatchObject({ claim: { do: 'end' }, slot: { do: 'release' } });
    expect(told(propose('CANCELLING', { from: gone.state, run }))).toBe('REJECT Cancelled');
  });

  it('is no new attempt when the run resumes', () => {
    const { record } = propose('RUNNING', { from: 'PAUSED', run: { run_count: 1 } });
    expect(record).toMatchObject({ run_count: 1, empirical_policy: { resuming: false } });
  });

  it('past its timeout lets the run fail', () => {
    const from = exampleState('PAUSED', { details: { pause_timeout: at('11:59:00') } });
    const decision = propose('RUNNING', { from });
    expect(told(decision)).toBe('REJECT Failed');
    expect(decision.state?.message).toBe('The flow was paused and never resumed.');
  });
});
