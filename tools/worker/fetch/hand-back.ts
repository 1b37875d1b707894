import { patience } from '@tributary/contract/client/patience';
import { messageOf } from '@tributary/contract/error';
import { addSeconds, type Timestamp } from '@tributary/contract/moment';
import { codeStates } from '@tributary/contract/nouns/code';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { State } from '@tributary/contract/nouns/state';

import type { ProposedRelease } from '../report/release-run.ts';
import type { ProposedEnd } from '../report/report-end.ts';
import type { Settings } from '../settings.ts';
import { failedTries, mostTries, waitAfter } from './next-try.ts';

/**
 * Decides what becomes of a run whose code could not be fetched. If the server of the code is away or busy, the run is handed back, and a
 * worker tries again later.
 * @param now the time by the clock of the server of runs
 */
export async function judgeFailure(
  settings: Settings,
  run: FlowRun,
  error: unknown,
  now: Timestamp,
  signal: AbortSignal,
): Promise<ProposedEnd | ProposedRelease> {
  const { isTemporary } = await import('@tributary/code');
  const reason = messageOf(error);
  if (!isTemporary(error)) return { type: 'CRASHED', message: reason };
  const failed = await readFailedTries(settings, run, signal).catch(() => undefined);
  // Without its history, it isn't known how often the run may still be handed back.
  if (!failed) return { type: 'CRASHED', message: reason };
  const wait = waitAfter(failed.length);
  if (wait === undefined) return { type: 'CRASHED', message: `The code could not be fetched in ${mostTries} tries. ${reason}` };
  return {
    type: 'SCHEDULED',
    name: codeStates.awaiting,
    message: `The code could not be fetched (try ${failed.length + 1} of ${mostTries}). ${reason}`,
    state_details: { scheduled_time: addSeconds(now, wait) },
  };
}

/**
 * A run whose workers die while they fetch its code must not end one worker after the other.
 * @returns the end of such a run; undefined if its code may be fetched
 */
export async function judgeTries(settings: Settings, run: FlowRun, signal: AbortSignal): Promise<ProposedEnd | undefined> {
  if (run.state_name == null || untried.has(run.state_name)) return undefined;
  const failed = await readFailedTries(settings, run, signal);
  if (failed.length < mostTries) return undefined;
  return {
    type: 'CRASHED',
    message: `The code could not be fetched in ${mostTries} tries. Before the last one: ${failed.at(-1)?.message ?? 'unknown'}`,
  };
}

/** Most runs come in one of these states, and then need no further request. A run whose fetch failed may wait for a slot since then. */
const untried: ReadonlySet<string> = new Set(['Scheduled', 'Late']);

async function readFailedTries({ client }: Settings, run: FlowRun, signal: AbortSignal): Promise<State[]> {
  const { data } = await client.readFlowRunStates({ query: { flow_run_id: run.id }, patience: patience.worker, signal });
  return failedTries(data);
}
