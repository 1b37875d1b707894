import { isTributaryError, messageOf } from '@tributary/contract/error';

import { pause } from '../pause.ts';
import { afterFailures } from '../poll/back-off.ts';
import { held } from '../poll/poll.ts';
import { can, type Settings } from '../settings.ts';
import type { ActiveRun, ActiveRuns } from './active-run.ts';

const intervalMilliseconds = 5_000;
const page = 200;
/** By then a server has settled a run that nobody stopped: it need not be kept in mind. */
const toldMilliseconds = 600_000;

/** Ends the runs that somebody cancels, until the signal aborts; asks only while there are runs. */
export async function watchCancelling(settings: Settings, active: ActiveRuns, signal: AbortSignal): Promise<void> {
  /** what the server need not tell again: each run as this worker had it in hand, if it did, when it was told */
  const told = new Map<string, { readonly run: ActiveRun | undefined; readonly until: number }>();
  let failures = 0;
  for (;;) {
    await active.whenSome(signal);
    if (signal.aborted) return;
    try {
      const holds = can(settings, 'cancelling');
      for (const [id, { run, until }] of told) if (run !== active.get(id) || (!run && until < Date.now())) told.delete(id);
      const ids = await (holds ? askHeld(settings, [...told.keys()], signal) : askOwn(settings, active, signal));
      failures = 0;
      for (const id of ids) {
        const run = active.get(id);
        told.set(id, { run, until: Date.now() + toldMilliseconds });
        run?.end('cancelled');
      }
      if (!holds) await pause(intervalMilliseconds, signal);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      // That the server is away, others say.
      if (failures === 1 && !isTributaryError(error, 'unreachable')) settings.log(`Cancelled runs can't be asked for. ${messageOf(error)}`);
      await pause(afterFailures(failures, Math.random()), signal);
    }
  }
}

async function askHeld(settings: Settings, known: string[], signal: AbortSignal): Promise<string[]> {
  const { data } = await settings.client.readCancelling({
    body: { worker: settings.name, boot: settings.boot, known },
    ...held(),
    patience: 0,
    signal,
  });
  return data.map(({ id }) => id);
}

async function askOwn(settings: Settings, active: ActiveRuns, signal: AbortSignal): Promise<string[]> {
  const own = active.all().filter((run) => !run.asked());
  const found: string[] = [];
  for (let start = 0; start < own.length; start += page) {
    const ids = own.slice(start, start + page).map(({ run }) => run.id);
    const { data } = await settings.client.filterFlowRuns({
      body: { flow_runs: { id: { any_: ids }, state: { type: { any_: ['CANCELLING'] } } }, limit: page },
      patience: 0,
      signal,
    });
    found.push(...data.map(({ id }) => id));
  }
  return found;
}
