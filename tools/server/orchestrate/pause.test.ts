import { describe, expect, test } from 'vitest';

import { at, exampleState, ids, propose, told } from './example-flow-run.ts';

const suspend = { type: 'PAUSED', name: 'Suspended', state_details: { pause_reschedule: true } } as const;

describe('a pause', () => {
  test('fires once for a key', () => {
    const pause = { type: 'PAUSED', state_details: { pause_key: 'approve' } } as const;
    const first = propose(pause, { from: 'RUNNING' });
    expect(first.books?.empirical_policy.pause_keys).toEqual(['approve']);
    expect(told(propose(pause, { from: 'RUNNING', run: { empirical_policy: first.books?.empirical_policy } }))).toBe('REJECT');
  });

  test('suspends a run that a worker can take up again, and no other', () => {
    expect(told(propose(suspend, { from: 'RUNNING' }))).toBe('ACCEPT Suspended');
    expect(told(propose(suspend, { from: 'RUNNING', run: { deployment_id: null } }))).toBe('ABORT');
    expect(told(propose(suspend, { from: 'RUNNING', run: { parent_task_run_id: ids.parent } }))).toBe('ABORT');
  });

  test('keeps claim and slot in its process, and gives them back when suspended', () => {
    const facts = { heldClaim: 'held', heldLease: ids.lease };
    expect(propose('PAUSED', { from: 'RUNNING', facts }).effects).toMatchObject({ claim: null, slot: null });
    expect(propose(suspend, { from: 'RUNNING', facts }).effects).toMatchObject({ claim: { do: 'end' }, slot: { do: 'release' } });
  });

  test('is no new attempt when the run resumes', () => {
    const { books } = propose('RUNNING', { from: 'PAUSED', run: { run_count: 1 } });
    expect(books).toMatchObject({ run_count: 1, empirical_policy: { resuming: false } });
  });

  test('past its timeout lets the run fail', () => {
    const from = exampleState('PAUSED', { details: { pause_timeout: at('11:59:00') } });
    const decision = propose('RUNNING', { from });
    expect(told(decision)).toBe('REJECT Failed');
    expect(decision.state?.message).toBe('The flow was paused and never resumed.');
  });
});
