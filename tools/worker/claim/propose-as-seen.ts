import { isRetryable, nextDelay, patience } from '@tributary/contract/client/patience';
import { isTributaryError } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { OrchestrationStatus } from '@tributary/contract/nouns/orchestration';
import type { State, StateProposalInput } from '@tributary/contract/nouns/state';

import { pause } from '../pause.ts';
import type { Settings } from '../settings.ts';

/** What became of a proposal: the server's answer, or, without one, that the run is not as it was seen any more. */
export interface Proposed {
  readonly status: OrchestrationStatus | 'not as seen';
  /** the state that the run is in; after ACCEPT it is the proposed one */
  readonly state: State | null;
}

/**
 * Proposes a state where no token and no header says which run is meant: reads the run just before each try, and goes on only while it is as
 * the caller saw it. A request that the client itself sends again, minutes later, could meet a run that has ended since, or that another
 * worker has.
 * @param isAsSeen of the run as it is read now
 * @throws TributaryError when the server refuses, or can't be reached for ten minutes
 */
export async function proposeAsSeen(
  { client }: Pick<Settings, 'client'>,
  how: {
    readonly run: FlowRun;
    readonly state: StateProposalInput;
    readonly headers?: Readonly<Record<string, string>>;
    readonly isAsSeen: (now: FlowRun) => boolean;
    readonly signal: AbortSignal;
  },
): Promise<Proposed> {
  const { run, isAsSeen, headers = {}, signal } = how;
  const path = { id: run.id };
  const transition_id = crypto.randomUUID();
  const state = { ...how.state, state_details: { ...how.state.state_details, transition_id } };
  const isDone = (found: State | null | undefined): found is State => found?.state_details.transition_id === transition_id;
  const began = performance.now();
  for (let tries = 0; ; tries += 1) {
    const { data: now } = await client.readFlowRun({ path, patience: patience.worker, signal });
    // The answer to an earlier try was lost.
    if (isDone(now.state)) return { status: statusOf(now.state, how.state), state: now.state };
    if (!isAsSeen(now)) return { status: 'not as seen', state: now.state ?? null };
    try {
      const { data } = await client.setFlowRunState({ path, body: { state }, headers, patience: patience.none, signal });
      return isDone(data.state) ? { status: statusOf(data.state, how.state), state: data.state } : data;
    } catch (error) {
      if (signal.aborted || !maySendAgain(error)) throw error;
      const elapsed = (performance.now() - began) / 1000;
      const retryAfter = isTributaryError(error) ? error.facts.retryAfter : undefined;
      const delay = nextDelay({ tries, elapsed, patience: patience.worker, longest: 5, retryAfter, random: Math.random() });
      if (delay === undefined) throw error;
      await pause(delay * 1000, signal);
    }
  }
}

/** A server that writes another state than the proposed one keeps the transition's id, and so says REJECT. */
function statusOf(written: State, proposed: { readonly type: string }): OrchestrationStatus {
  return written.type === proposed.type ? 'ACCEPT' : 'REJECT';
}

function maySendAgain(error: unknown): boolean {
  if (isTributaryError(error, 'unreachable')) return true;
  return isTributaryError(error) && error.facts.status !== undefined && isRetryable(error.facts.status);
}
