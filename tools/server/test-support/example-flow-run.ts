import type { DeploymentId, FlowRunId, LeaseId, StateId, TaskRunId } from '@tributary/contract';
import type { State, StateProposal, StateType } from '@tributary/contract/nouns/state';
import { readTimestamp, type Timestamp } from '@tributary/contract/moment';

import { decideFlowRun } from '../orchestrate/decide-flow-run.ts';
import { draftState } from '../orchestrate/draft-state.ts';
import type { FlowRunDecision, FlowRunFacts, FlowRunProposal, OrchestratedFlowRun } from '../orchestrate/flow-run-decision.ts';
import type { DecisionContext } from '../orchestrate/decision-context.ts';

/** Example data for the tests of rules and records. */
export const ids = {
  run: '11111111-0000-4000-8000-000000000001' as FlowRunId,
  deployment: '11111111-0000-4000-8000-000000000002' as DeploymentId,
  parent: '11111111-0000-4000-8000-000000000003' as TaskRunId,
  lease: '11111111-0000-4000-8000-000000000004' as LeaseId,
  transition: '11111111-0000-4000-8000-000000000005',
};

export function at(text: string): Timestamp {
  const read = readTimestamp(`2026-01-01T${text}Z`);
  if (!read) throw new Error(`"${text}" isn't a time of day`);
  return read;
}

const noon = at('12:00:00');

export function exampleContext(now: Timestamp = noon): DecisionContext {
  return { now, newId: <Id extends StateId | LeaseId>() => crypto.randomUUID() as Id, newClaim: () => 'new-claim' };
}

/** A state of one hour before {@link noon}. */
export function exampleState(type: StateType, given: Parameters<typeof draftState>[1] = {}): State {
  return { ...draftState(type, given), id: crypto.randomUUID() as StateId, timestamp: at('11:00:00') };
}

export interface Example {
  readonly from?: State | StateType | null;
  readonly run?: Partial<OrchestratedFlowRun>;
  readonly facts?: Partial<FlowRunFacts>;
  readonly headers?: Partial<Omit<FlowRunProposal, 'state'>>;
  readonly now?: Timestamp;
}

/** Proposes a state for a run that belongs to a deployment and is in the state `from`. */
export function propose(state: StateProposal | StateType, given: Example = {}): FlowRunDecision {
  const { from = null, run, facts, headers, now } = given;
  return decideFlowRun(
    {
      run: {
        id: ids.run,
        state: typeof from === 'string' ? exampleState(from) : from,
        deployment_id: ids.deployment,
        run_count: 0,
        total_run_time: 0,
        ...run,
      },
      heldClaim: null,
      concurrency: null,
      heldLease: null,
      ...facts,
    },
    {
      state: typeof state === 'string' ? { type: state } : state,
      force: false,
      claim: null,
      worker: null,
      boot: null,
      offered: null,
      ...headers,
    },
    exampleContext(now),
  );
}

/** The answer's status, and the name of the state that was written, if any: `ACCEPT Running`, `ABORT`. */
export function outcome({ answer, state }: FlowRunDecision): string {
  return state ? `${answer.status} ${state.name}` : answer.status;
}
