import { isTributaryError, messageOf } from '@tributary/contract/error';
import type { FlowRunId, StateId } from '@tributary/contract/id';
import { defaultLeaseSeconds } from '@tributary/contract/lease';
import type { State, StateProposalInput } from '@tributary/contract/nouns/state';

import type { Departure, EnginePort, Entry, RunTicket } from '../run/engine-port.ts';
import type { PausePort } from '../run/pause/pause-port.ts';
import { masked } from '../run/secret-mask.ts';
import type { LeaseWatch } from '../run/slots/slot-port.ts';
import type { Clients } from './clients.ts';
import { holdLease } from './lease.ts';
import { isStillHeld } from './is-still-held.ts';
import { propose, type Settled } from './propose.ts';
import { allowReschedule, writeRetryPolicy } from './retry-policy.ts';

/** Seconds: the least that a deployment's lease lasts is 30, as its grace period or the server's settings say. */
const firstRenewal = 20;
/** Milliseconds after which others may have given up a worker, and settled its runs: three heartbeats of a second at least. */
const shortestSilence = 3000;

export interface FlowRunStatesOptions {
  readonly clients: Clients;
  readonly signal: AbortSignal;
  /** delivers what was queued */
  readonly flush: () => Promise<void>;
  readonly warn: (run: FlowRunId, message: string) => void;
  /** the run that this process was started for */
  readonly root: {
    readonly id: FlowRunId;
    readonly attempt: number;
    readonly claim: string | null;
    /** the state in which the worker left it */
    readonly claimedStateId: StateId;
    readonly lease: string | null;
  };
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

interface Book {
  attempt: number;
  /** attempts of a child run that an earlier attempt of its parent made: they use up none of its retries */
  readonly before: number;
  policy: Promise<void> | undefined;
  /** the last state that the process itself gave the run, and since when: milliseconds of performance.now() */
  known: { readonly state: StateId; readonly since: number } | undefined;
}

/** Takes flow runs into RUNNING and to their ends, as the server says. */
export function createFlowRunStates(options: FlowRunStatesOptions): FlowRunStates {
  const { clients, signal, root } = options;
  const books = new Map<FlowRunId, Book>([
    [root.id, { attempt: root.attempt - 1, before: 0, policy: undefined, known: knownNow(root.claimedStateId) }],
  ]);
  const bookOf = (id: FlowRunId): Book => {
    const book = books.get(id) ?? { attempt: 0, before: 0, policy: undefined, known: undefined };
    books.set(id, book);
    return book;
  };
  const claimOf = (id: FlowRunId): string | null => (id === root.id ? root.claim : null);
  const put = async (id: FlowRunId, state: StateProposalInput, until?: AbortSignal): Promise<Settled> => {
    const settled = await propose(clients.run, id, state, { claim: claimOf(id), ...(until ? { signal: until } : {}) });
    const given = settled.kind === 'accepted' || (settled.kind === 'replaced' && settled.state.name === 'AwaitingRetry');
    if (given) bookOf(id).known = knownNow(settled.state.id);
    return settled;
  };
  /** An end: where no claim fences it off, a run that others have settled, or taken, meanwhile is left to them. */
  const putEnd = async (id: FlowRunId, state: StateProposalInput): Promise<Settled> => {
    const { known } = bookOf(id);
    const mayBeLost = claimOf(id) === null && known && (signal.aborted || performance.now() - known.since > shortestSilence);
    if (mayBeLost && !(await isStillHeld(await clients.full(), id, known.state)))
      return { kind: 'refused', state: null, reason: 'it was settled meanwhile' };
    return put(id, state);
  };
  let leaving: Promise<Departure> | undefined;
  let settling: Promise<State | null> | undefined;
  let release: (() => void) | undefined;

  async function enter({ flowRunId: id, flow }: RunTicket): Promise<Entry> {
    let settled: Settled;
    try {
      signal.throwIfAborted();
      settled = await put(id, { type: 'RUNNING' }, signal);
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
    const book = bookOf(id);
    book.attempt += 1;
    // It has to be known before the run fails, not before it begins.
    if (flow.retries > 0)
      book.policy ??= clients.full().then((client) => writeRetryPolicy(client, id, { ...flow, retries: book.before + flow.retries }));
    book.policy?.catch(() => {});
    const lease = state.state_details.deployment_concurrency_lease_id ?? (id === root.id ? root.lease : null);
    if (lease && id === root.id)
      release ??= holdLease(
        clients,
        lease,
        leaseWatch((message) => options.warn(id, message)),
        firstRenewal,
      );
    return { go: true, attempt: book.attempt, state };
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
    await options.flush();
    await books
      .get(id)
      ?.policy?.catch((error: unknown) => options.warn(id, `The flow's retries could not be told to the server: ${messageOf(error)}`));
    const settled = await putEnd(id, revise());
    if (settled.kind === 'replaced' && settled.state.type === 'CANCELLING')
      return { retryAt: null, state: await end(id, { type: 'CANCELLED', message: state.message ?? null }) };
    if (settled.kind === 'replaced' && settled.state.name === 'AwaitingRetry')
      return { retryAt: settled.state.state_details.scheduled_time ?? settled.state.timestamp };
    if (id === root.id) release?.();
    books.delete(id);
    return { retryAt: null, state: settled.kind === 'refused' ? null : settled.state };
  }

  /** Before a run is PAUSED. */
  async function prepare(id: FlowRunId, { suspends }: { readonly suspends: boolean }): Promise<void> {
    await options.flush();
    // A policy that is written now would lose the key of this pause.
    await books.get(id)?.policy?.catch(() => undefined);
    if (suspends) await clients.full().then((client) => allowReschedule(client, id));
  }

  /** A server without claims then takes back the slot of a deployment's concurrency limit, and gives none when the run goes on. */
  const pause: PausePort['pause'] = async (id, state) => {
    const suspends = state.state_details?.pause_reschedule === true;
    await prepare(id, { suspends });
    const settled = await put(id, state, signal);
    if (settled.kind !== 'accepted')
      return { paused: false, state: settled.state, reason: settled.kind === 'refused' ? settled.reason : 'the server would not have it' };
    if (id === root.id && (suspends || root.claim === null)) release?.();
    return { paused: true, state: settled.state };
  };

  const leaveSuspended: PausePort['leaveSuspended'] = async (id, suspended) => {
    await prepare(id, { suspends: true });
    if (id === root.id) release?.();
    if (id !== root.id || root.claim === null) return suspended;
    // Where a claim holds the run, it does so until its process says this.
    const { pause_timeout = null } = suspended.state_details;
    const details = { pause_reschedule: true, pause_timeout };
    const settled = await put(
      id,
      { type: 'PAUSED', name: suspended.name, message: 'Its process has ended.', state_details: details },
      signal,
    );
    return settled.state ?? suspended;
  };

  /** The last word on a run; whatever the server makes of it counts. */
  async function end(id: FlowRunId, state: StateProposalInput): Promise<State | null> {
    if (id === root.id) release?.();
    await options.flush();
    const settled = await putEnd(id, state);
    return settled.kind === 'refused' ? null : settled.state;
  }

  return {
    enter,
    leave,
    pauses: { pause, leaveSuspended },
    adopt: (id, runCount) => void books.set(id, { attempt: runCount, before: runCount, policy: undefined, known: undefined }),
    settle: (state) => (settling ??= settle(state)),
  };
}

const knownNow = (state: StateId): Book['known'] => ({ state, since: performance.now() });

/** How a run ends that was told to stop. */
export function stoppedState(reason: unknown): StateProposalInput {
  return { type: isTributaryError(reason, 'cancelled') ? 'CANCELLED' : 'CRASHED', message: masked(messageOf(reason)) };
}

function leaseWatch(warn: (message: string) => void): LeaseWatch {
  return {
    seconds: defaultLeaseSeconds,
    lost: () =>
      warn(
        "The slot of the deployment's concurrency limit was lost: its lease had lapsed. The run goes on, and another may run beside it.",
      ),
    late: (reason) => warn(`The lease of the deployment's concurrency limit could not be renewed yet: ${reason}`),
  };
}
