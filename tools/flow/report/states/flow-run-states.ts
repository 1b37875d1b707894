import { messageOf } from '@tributary/contract/error';
import type { FlowRunId } from '@tributary/contract/id';
import type { State, StateProposalInput } from '@tributary/contract/nouns/state';

import type { AttemptEnd, EnginePort, AttemptStart, RunTicket } from '../../run/engine-port.ts';
import type { PausePort } from '../../run/pause/pause-port.ts';
import type { Clients } from '../clients.ts';
import { createDeploymentSlot } from './deployment-slot.ts';
import { createFlowRunProposals } from './flow-run-proposals.ts';
import { createFlowRunRecords } from './flow-run-records.ts';
import { createPauseStates } from './pause-states.ts';
import type { FinalDecision } from './propose.ts';
import { writeRetryPolicy } from './retry-policy.ts';
import type { RootRun } from './root-run.ts';
import { stoppedState } from './stopped-state.ts';

interface FlowRunStatesOptions {
  readonly clients: Clients;
  readonly signal: AbortSignal;
  /** sends all queued logs and events */
  readonly flush: () => Promise<void>;
  readonly warn: (run: FlowRunId, message: string) => void;
  readonly root: RootRun;
}

export interface FlowRunStates extends Pick<EnginePort, 'beginAttempt' | 'endAttempt'> {
  readonly pauses: Pick<PausePort, 'pause' | 'endSuspended'>;
  /** Adds a child run. @param runCount how many attempts the child run has had */
  adopt(id: FlowRunId, runCount: number): void;
  /**
   * Ends the root run while its code may still be running. If the flow is proposing its own end, that end counts.
   * @returns the run's last state; null if the server refused the proposal
   */
  endRootRun(state: StateProposalInput): Promise<State | null>;
}

/** Creates the functions that begin and end the attempts of flow runs, as the server decides. */
export function createFlowRunStates(options: FlowRunStatesOptions): FlowRunStates {
  const { clients, signal, flush, warn, root } = options;
  const records = createFlowRunRecords(root);
  const proposals = createFlowRunProposals({ clients, signal, root, records });
  const slot = createDeploymentSlot(clients, root, warn);
  let endingAttempt: Promise<AttemptEnd> | undefined;
  let endingRoot: Promise<State | null> | undefined;

  async function beginAttempt({ flowRunId: id, flow }: RunTicket): Promise<AttemptStart> {
    let decision: FinalDecision;
    try {
      signal.throwIfAborted();
      decision = await proposals.put(id, { type: 'RUNNING' }, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      return { go: false, state: await end(id, stoppedState(signal.reason)) };
    }
    if (decision.kind === 'accepted') return start(id, flow, decision.state);
    if (decision.state?.type === 'CANCELLING')
      return { go: false, state: await end(id, { type: 'CANCELLED', message: 'Cancelled before the run began.' }) };
    return { go: false, state: decision.state };
  }

  function start(id: FlowRunId, flow: RunTicket['flow'], state: State): AttemptStart {
    const record = records.of(id);
    record.attempt += 1;
    // The server needs the policy only when the attempt fails, so the attempt begins without waiting for the write.
    if (flow.retries > 0)
      record.policy ??= clients.full().then((client) => writeRetryPolicy(client, id, { ...flow, retries: record.before + flow.retries }));
    record.policy?.catch(() => {});
    slot.hold(id, state);
    return { go: true, attempt: record.attempt, state };
  }

  const endAttempt: EnginePort['endAttempt'] = async (ticket, state, revise) => {
    if (ticket.flowRunId !== root.id) return proposeEnd(ticket, state, revise);
    if (endingRoot) return { retryAt: null, state: await endingRoot };
    endingAttempt = proposeEnd(ticket, state, revise);
    return endingAttempt;
  };

  /** If the flow is proposing its own end, that end counts, unless the server answers with a retry. */
  async function endRootRun(state: StateProposalInput): Promise<State | null> {
    const attemptEnd = await endingAttempt;
    return attemptEnd?.retryAt === null ? attemptEnd.state : end(root.id, state);
  }

  async function proposeEnd({ flowRunId: id }: RunTicket, state: StateProposalInput, revise = () => state): Promise<AttemptEnd> {
    await flush();
    await records
      .find(id)
      ?.policy?.catch((error: unknown) => warn(id, `Could not write the flow's retries to the server: ${messageOf(error)}`));
    const decision = await proposals.putEnd(id, revise());
    if (decision.kind === 'replaced' && decision.state.type === 'CANCELLING')
      return { retryAt: null, state: await end(id, { type: 'CANCELLED', message: decision.state.message ?? null }) };
    if (decision.kind === 'replaced' && decision.state.name === 'AwaitingRetry')
      return { retryAt: decision.state.state_details.scheduled_time ?? decision.state.timestamp };
    slot.release(id);
    records.forget(id);
    return { retryAt: null, state: decision.kind === 'refused' ? null : decision.state };
  }

  /** Proposes the last state of a run. @returns the state that the server gave the run; null if it refused the proposal */
  async function end(id: FlowRunId, state: StateProposalInput): Promise<State | null> {
    slot.release(id);
    await flush();
    const decision = await proposals.putEnd(id, state);
    return decision.kind === 'refused' ? null : decision.state;
  }

  return {
    beginAttempt,
    endAttempt,
    pauses: createPauseStates({ clients, signal, flush, root, records, proposals, slot }),
    adopt: records.adopt,
    endRootRun: (state) => (endingRoot ??= endRootRun(state)),
  };
}
