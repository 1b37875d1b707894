import { isTributaryError } from '@tributary/contract/error';
import { type FlowRun, hasEnded } from '@tributary/contract/nouns/flow-run';
import type { State } from '@tributary/contract/nouns/state';
import { waitUnless } from '@tributary/contract/wait';

import { fence } from './fence.ts';
import { holderOf } from './holder.ts';
import { afterFailures } from '../back-off.ts';
import type { Settings } from '../settings.ts';

/** The end that a worker proposes for a run whose host is gone, or which no host ever got. */
export interface ProposedEnd {
  readonly type: 'CRASHED' | 'CANCELLED';
  readonly message: string;
}

/** Seconds: without an end. A run whose end isn't reported stays Running for as long as its worker lives. */
const endPatience = Infinity;
/** A server that breaks on the request may do so for a while, and then does for good. */
const mostFailures = 20;

/**
 * Reports how a run ended. A run that has ended otherwise meanwhile, or that somebody else holds by now, stays as it is; one
 * that was being cancelled becomes CANCELLED. A deleted run is none of our concern.
 * @returns the state that the run was given, undefined when it was not ours to give
 */
export async function reportEnd(
  settings: Settings,
  run: FlowRun,
  token: string | null,
  end: ProposedEnd,
  signal: AbortSignal,
): Promise<ProposedEnd | undefined> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await reportOnce(settings, run, token, end, signal);
    } catch (error) {
      if (isTributaryError(error, 'not_found')) return undefined;
      // A credential may hold again; without it nobody could tell the end.
      const mayPass = isTributaryError(error, 'unauthorized') || (isTributaryError(error, 'server_error') && failures < mostFailures);
      if (!mayPass || signal.aborted) throw error;
      await waitUnless(afterFailures(failures, Math.random(), error) / 1000, signal);
    }
  }
}

async function reportOnce(...[settings, run, token, end, signal]: Parameters<typeof reportEnd>): ReturnType<typeof reportEnd> {
  // A forced state would replace a final one; and a server without fencing does not know whose the run is.
  if ((end.type === 'CANCELLED' || token === null) && !(await isStillOurs(settings, run, signal))) return undefined;
  const { status, state } = await proposeEnd(settings, run, token, end, signal);
  if (status === 'ACCEPT') return end;
  if (end.type === 'CANCELLED' || (state ?? (await readState(settings, run, signal)))?.type !== 'CANCELLING') return undefined;
  // What was being cancelled and then crashed has been cancelled.
  const cancelled = { type: 'CANCELLED', message: end.message } as const;
  return (await proposeEnd(settings, run, token, cancelled, signal)).status === 'ACCEPT' ? cancelled : undefined;
}

async function proposeEnd(settings: Settings, run: FlowRun, token: string | null, end: ProposedEnd, signal: AbortSignal) {
  const { data } = await settings.client.setFlowRunState({
    path: { id: run.id },
    body: {
      state: { ...end, state_details: { transition_id: crypto.randomUUID() } },
      // Nothing but force ends a run in CANCELLING.
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

/** Whether the run has not ended, and no other life has it. */
async function isStillOurs(settings: Settings, run: FlowRun, signal: AbortSignal): Promise<boolean> {
  const { data } = await settings.client.readFlowRun({ path: { id: run.id }, patience: endPatience, signal });
  return !hasEnded(data) && (holderOf(data)?.boot ?? settings.boot) === settings.boot;
}
