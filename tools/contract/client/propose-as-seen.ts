import type { Client } from '../client.ts';
import { isTributaryError } from '../error.ts';
import type { FlowRun } from '../nouns/flow-run.ts';
import type { OrchestrationStatus } from '../nouns/orchestration.ts';
import type { State, StateProposalInput } from '../nouns/state.ts';
import type { Routes } from '../routes.ts';
import { wait } from '../wait.ts';
import { isRetryable, nextDelay, patience } from './patience.ts';

/** The outcome of a proposal: the server's answer, or `not as seen` if the run changed before the state could be proposed. */
export interface Proposed {
  readonly status: OrchestrationStatus | 'not as seen';
  /** the run's state now; after ACCEPT the proposed one */
  readonly state: State | null;
  /** why the server refused */
  readonly reason?: string | null | undefined;
}

/**
 * Proposes a state to a server that can't check a claim token. Reads the run just before each try, and proposes only while the run is as
 * the caller saw it. The client's own retries wouldn't read the run again: after minutes of retries, the run may have ended or belong to
 * another worker.
 * @param how.isAsSeen gets the run as just read; returns true if it is still as the caller saw it
 * @param how.patience in seconds: how long to keep trying an unreachable or busy server @default 600
 * @throws TributaryError if the server refuses the request, or can't be reached within the patience
 */
export async function proposeAsSeen(
  client: Client<Pick<Routes, 'readFlowRun' | 'setFlowRunState'>>,
  how: {
    readonly run: Pick<FlowRun, 'id'>;
    readonly state: StateProposalInput;
    readonly force?: boolean;
    readonly headers?: Readonly<Record<string, string>>;
    readonly isAsSeen: (now: FlowRun) => boolean;
    readonly patience?: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Proposed> {
  const { run, force = false, isAsSeen, headers = {}, signal } = how;
  const abort = signal ? { signal } : {};
  const longest = how.patience ?? patience.worker;
  const path = { id: run.id };
  const transition_id = crypto.randomUUID();
  const state = { ...how.state, state_details: { ...how.state.state_details, transition_id } };
  const isDone = (found: State | null | undefined): found is State => found?.state_details.transition_id === transition_id;
  const began = performance.now();
  for (let tries = 0; ; tries += 1) {
    const { data: now } = await client.readFlowRun({ path, patience: longest, ...abort });
    // An earlier try succeeded, but its answer was lost.
    if (isDone(now.state)) return { status: statusOf(now.state, how.state), state: now.state };
    if (!isAsSeen(now)) return { status: 'not as seen', state: now.state ?? null };
    try {
      const { data } = await client.setFlowRunState({ path, body: { state, force }, headers, patience: patience.none, ...abort });
      if (isDone(data.state)) return { status: statusOf(data.state, how.state), state: data.state };
      return { status: data.status, state: data.state, reason: data.details.reason };
    } catch (error) {
      if (signal?.aborted || !maySendAgain(error)) throw error;
      const elapsed = (performance.now() - began) / 1000;
      const retryAfter = isTributaryError(error) ? error.facts.retryAfter : undefined;
      const delay = nextDelay({ tries, elapsed, patience: longest, longest: 5, retryAfter, random: Math.random() });
      if (delay === undefined) throw error;
      await wait(delay, signal);
    }
  }
}

/** On REJECT, a server stores another state than the proposed one, but with the proposal's transition_id. */
function statusOf(written: State, proposed: { readonly type: string }): OrchestrationStatus {
  return written.type === proposed.type ? 'ACCEPT' : 'REJECT';
}

function maySendAgain(error: unknown): boolean {
  if (isTributaryError(error, 'unreachable')) return true;
  return isTributaryError(error) && error.facts.status !== undefined && isRetryable(error.facts.status);
}
