import { orchestrationResult } from '@tributary/contract/nouns/orchestration';
import { expect, it } from 'vitest';

import { decisionOf } from './decision.ts';

const proposal = { type: 'FAILED', transitionId: '6a7f3f0e-50a6-4cf1-9f4b-2e3f2f3c1a10' } as const;

function answer(status: string, state: Record<string, unknown> | null, details: Record<string, unknown> = {}) {
  return orchestrationResult.parse({
    status,
    details: { type: `${status.toLowerCase()}_details`, ...details },
    state: state && {
      id: '0d0b45a8-7b0f-4a53-93b3-9c2f0a3f3a77',
      name: 'x',
      timestamp: '2026-11-22T00:00:00Z',
      ...state,
      state_details: { transition_id: state['transition'] },
    },
  });
}

it('ACCEPT: the run has the proposed state', () => {
  expect(decisionOf(answer('ACCEPT', { type: 'FAILED' }), proposal)).toMatchObject({ kind: 'accepted', state: { type: 'FAILED' } });
});

it('REJECT: the run has another state, even if this proposal led to it', () => {
  const retry = { type: 'SCHEDULED', name: 'AwaitingRetry', transition: proposal.transitionId };
  expect(decisionOf(answer('REJECT', retry), proposal)).toMatchObject({ kind: 'replaced', state: { name: 'AwaitingRetry' } });
});

it('REJECT with the proposed state: the proposal was accepted, and the first answer was lost', () => {
  expect(decisionOf(answer('REJECT', { type: 'FAILED', transition: proposal.transitionId }), proposal)).toMatchObject({ kind: 'accepted' });
  expect(decisionOf(answer('REJECT', { type: 'FAILED' }), proposal)).toMatchObject({ kind: 'replaced' });
});

it('WAIT says for how long, and ABORT says why', () => {
  expect(decisionOf(answer('WAIT', null, { delay_seconds: 3 }), proposal)).toEqual({ kind: 'wait', seconds: 3 });
  expect(decisionOf(answer('ABORT', { type: 'CANCELLED' }, { reason: 'over' }), proposal)).toMatchObject({
    kind: 'refused',
    reason: 'over',
  });
});
