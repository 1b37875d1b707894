import { isTributaryError } from '@tributary/contract/error';
import { type FlowRun, hasEnded } from '@tributary/contract/nouns/flow-run';
import { defaultStateName, type State } from '@tributary/contract/nouns/state';
import { waitUnless } from '@tributary/contract/wait';

import { fence } from './fence.ts';
import { holderOf } from './holder.ts';
import { afterFailures } from '../back-off.ts';
import type { Settings } from '../settings.ts';

/** The end that a worker proposes for a run whose host has exited, or that never got a host. */
export interface ProposedEnd {
  readonly type: 'CRASHED' | 'CANCELLED';
  readonly message: string;
}

/** How many seconds to try one request. There is no limit, because a run without a reported end stays Running while its worker runs. */
const endPatience = Infinity;
/** A server that answers the report with an error may recover. After this many failures, the worker gives the report up. */
const mostFailures = 20;

/**
 * Reports how a run ended, and logs the end that was stored. A run that has ended already, or that another worker holds by now, keeps its state. A run that is CANCELLING
 * becomes CANCELLED. A deleted run is ignored.
 * @param token the claim's token; null if the server has no fencing
 */
export async function reportEnd(
  settings: Settings,
  run: FlowRun,
  token: string | null,
  end: ProposedEnd,
  signal: AbortSignal,
): Promise<void> {
  const stored = await proposeUntilAnswered(settings, run, token, end, signal);
  if (stored) settings.log(`${run.name}: ${defaultStateName(stored.type)}. ${stored.message}`);
}

/** @returns the end that was stored; undefined if the run kept its state */
async function proposeUntilAnswered(
  ...[settings, run, token, end, signal]: Parameters<typeof reportEnd>
): Promise<ProposedEnd | undefined> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await reportOnce(settings, run, token, end, signal);
    } catch (error) {
      if (isTributaryError(error, 'not_found')) return undefined;
      // A refused credential may become valid again, and only this worker can report the end.
      const mayPass = isTributaryError(error, 'unauthorized') || (isTributaryError(error, 'server_error') && failures < mostFailures);
      if (!mayPass || signal.aborted) throw error;
      await waitUnless(afterFailures(failures, Math.random(), error) / 1000, signal);
    }
  }
}

async function reportOnce(...[settings, run, token, end, signal]: Parameters<typeof reportEnd>): ReturnType<typeof proposeUntilAnswered> {
  // A forced proposal would replace a terminal state. A server without fencing doesn't check who holds the run.
  // In both cases the run is read first.
  if ((end.type === 'CANCELLED' || token === null) && !(await isStillOurs(settings, run, signal))) return undefined;
  const { status, state } = await proposeEnd(settings, run, token, end, signal);
  if (status === 'ACCEPT') return end;
  if (end.type === 'CANCELLED' || (state ?? (await readState(settings, run, signal)))?.type !== 'CANCELLING') return undefined;
  // A run that crashes while it is CANCELLING counts as cancelled.
  const cancelled = { type: 'CANCELLED', message: end.message } as const;
  return (await proposeEnd(settings, run, token, cancelled, signal)).status === 'ACCEPT' ? cancelled : undefined;
}

async function proposeEnd(settings: Settings, run: FlowRun, token: string | null, end: ProposedEnd, signal: AbortSignal) {
  const { data } = await settings.client.setFlowRunState({
    path: { id: run.id },
    body: {
      state: { ...end, state_details: { transition_id: crypto.randomUUID() } },
      // A run in CANCELLING only ends if the proposal is forced.
      force: end.type === 'CANCELLED',
    },
    headers: fence(token),
    patience: endPatience,
    signal,
  });
  return data;
}

async function readState(settings: Settings, run: FlowRun, signal: AbortSignal): Promise<State | null> {
  return (await settings.client.readFlowRun({ path: { id: run.id }, patience: endPatience, signal })).data.state ?? null;
}

/** True if the run has not ended and no other worker process holds it. */
async function isStillOurs(settings: Settings, run: FlowRun, signal: AbortSignal): Promise<boolean> {
  const { data } = await settings.client.readFlowRun({ path: { id: run.id }, patience: endPatience, signal });
  return !hasEnded(data) && (holderOf(data)?.boot ?? settings.boot) === settings.boot;
}
