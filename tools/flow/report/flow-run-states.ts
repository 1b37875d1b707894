import { messageOf } from '@tributary/contract/error';
import type { FlowRunId } from '@tributary/contract/id';
import type { State, StateProposalInput } from '@tributary/contract/nouns/state';

import type { Departure, EnginePort, Entry, RunTicket } from '../run/engine-port.ts';
import type { PausePort } from '../run/pause/pause-port.ts';
import type { Clients } from './clients.ts';
import { createDeploymentSlot } from './deployment-slot.ts';
import { createFlowRunProposals } from './flow-run-proposals.ts';
import { createFlowRunRecords } from './flow-run-records.ts';
import { createPauseStates } from './pause-states.ts';
import type { Settled } from './propose.ts';
import { writeRetryPolicy } from './retry-policy.ts';
import type { RootRun } from './root-run.ts';
import { stoppedState } from './stopped-state.ts';

interface FlowRunStatesOptions {
  readonly clients: Clients;
  readonly signal: AbortSignal;
  /** delivers what was queued */
  readonly flush: () => Promise<void>;
  readonly warn: (run: FlowRunId, message: string) => void;
  readonly root: RootRun;
}

export interface FlowRunStates extends Pick<EnginePort, 'enter' | 'leave'> {
  readonly pauses: Pick<PausePort, 'pause' | 'leaveSuspended'>;
  /** a child run that was found or made, and how often it ran before */
  adopt(id: FlowRunId, runCount: number): void;
  /**
   * The last word on the root run, whatever its code does. An end that the flow itself is proposing comes first, so that no two are proposed.
   * @returns what it ended as; null when the server would not have it
   */
  settle(state: StateProposalInput): Promise<State | null>;
}

/** Takes flow runs into RUNNING and to their ends, as the server says. */
export function createFlowRunStates(options: FlowRunStatesOptions): FlowRunStates {
  const { clients, signal, flush, warn, root } = options;
  const records = createFlowRunRecords(root);
  const proposals = createFlowRunProposals({ clients, signal, root, records });
  const slot = createDeploymentSlot(clients, root, warn);
  let leaving: Promise<Departure> | undefined;
  let settling: Promise<State | null> | undefined;

  async function enter({ flowRunId: id, flow }: RunTicket): Promise<Entry> {
    let settled: Settled;
    try {
      signal.throwIfAborted();
      settled = await proposals.put(id, { type: 'RUNNING' }, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      return { go: false, state: await end(id, stoppedState(signal.reason)) };
    }
    if (settled.kind === 'accepted') return start(id, flow, settled.state);
    if (settled.state?.type === 'CANCELLING')
      return { go: false, state: await end(id, { type: 'CANCELLED', message: 'Cancelled before it began.' }) };
    return { go: false, state: settled.state };
  }

  function start(id: FlowRunId, flow: RunTicket['flow'], state: State): Entry {
    const record = records.of(id);
    record.attempt += 1;
    // It has to be known before the run fails, not before it begins.
    if (flow.retries > 0)
      record.policy ??= clients.full().then((client) => writeRetryPolicy(client, id, { ...flow, retries: record.before + flow.retries }));
    record.policy?.catch(() => {});
    slot.hold(id, state);
    return { go: true, attempt: record.attempt, state };
  }

  const leave: EnginePort['leave'] = async (ticket, state, revise) => {
    if (ticket.flowRunId !== root.id) return depart(ticket, state, revise);
    if (settling) return { retryAt: null, state: await settling };
    leaving = depart(ticket, state, revise);
    return leaving;
  };

  /** What the flow itself is proposing counts, unless it goes on after that. */
  async function settle(state: StateProposalInput): Promise<State | null> {
    const departure = await leaving;
    return departure?.retryAt === null ? departure.state : end(root.id, state);
  }

  async function depart({ flowRunId: id }: RunTicket, state: StateProposalInput, revise = () => state): Promise<Departure> {
    await flush();
    await records
      .find(id)
      ?.policy?.catch((error: unknown) => warn(id, `The flow's retries could not be told to the server: ${messageOf(error)}`));
    const settled = await proposals.putEnd(id, revise());
    if (settled.kind === 'replaced' && settled.state.type === 'CANCELLING')
      return { retryAt: null, state: await end(id, { type: 'CANCELLED', message: settled.state.message ?? null }) };
    if (settled.kind === 'replaced' && settled.state.name === 'AwaitingRetry')
      return { retryAt: settled.state.state_details.scheduled_time ?? settled.state.timestamp };
    slot.release(id);
    records.forget(id);
    return { retryAt: null, state: settled.kind === 'refused' ? null : settled.state };
  }

  /** The last word on a run; whatever the server makes of it counts. */
  async function end(id: FlowRunId, state: StateProposalInput): Promise<State | null> {
    slot.release(id);
    await flush();
    const settled = await proposals.putEnd(id, state);
    return settled.kind === 'refused' ? null : settled.state;
  }

  return {
    enter,
    leave,
    pauses: createPauseStates({ clients, signal, flush, root, records, proposals, slot }),
    adopt: records.adopt,
    settle: (state) => (settling ??= settle(state)),
  };
}
