import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import { waitUnless } from '@tributary/contract/wait';

import { afterFailures } from '../back-off.ts';
import { held } from '../held.ts';
import { can, type Settings } from '../settings.ts';
import type { ActiveRun, ActiveRuns } from './active-run.ts';

const intervalSeconds = 2;
const page = 200;
/** By then a server has settled a run that nobody stopped: it need not be kept in mind. */
const toldMilliseconds = 600_000;

/** A run that was seen CANCELLING or PAUSED. */
type Interruption = Pick<FlowRun, 'id' | 'state_id' | 'state_type'>;

/** What the server need not tell again: the run as this worker had it in hand, if it did, when it was told. */
interface Told {
  readonly id: FlowRun['id'];
  readonly run: ActiveRun | undefined;
  readonly until: number;
}

/** Ends the runs that somebody cancels, and tells those that are paused, until the signal aborts; asks only while there are runs. */
export async function watchInterruptions(settings: Settings, active: ActiveRuns, signal: AbortSignal): Promise<void> {
  /** by state */
  const told = new Map<string, Told>();
  let failures = 0;
  for (;;) {
    await active.whenSome(signal);
    if (signal.aborted) return;
    try {
      const holds = can(settings, 'interruptions');
      for (const [state, { id, run, until }] of told) if (run !== active.get(id) || (!run && until < Date.now())) told.delete(state);
      const found = await (holds ? askHeld(settings, [...told.keys()], signal) : askOwn(settings, active, signal));
      failures = 0;
      for (const { id, state_id, state_type } of found) {
        if (!state_id || told.has(state_id)) continue;
        const run = active.get(id);
        told.set(state_id, { id, run, until: Date.now() + toldMilliseconds });
        if (state_type === 'PAUSED') run?.pause();
        else run?.end('cancelled');
      }
      if (!holds) await waitUnless(intervalSeconds, signal);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      // That the server is away, others say.
      if (failures === 1 && !isTributaryError(error, 'unreachable'))
        settings.log(`Cancelled and paused runs can't be asked for. ${messageOf(error)}`);
      await waitUnless(afterFailures(failures, Math.random()) / 1000, signal);
    }
  }
}

async function askHeld(settings: Settings, known: string[], signal: AbortSignal): Promise<Interruption[]> {
  const { data } = await settings.client.readInterruptions({
    body: { worker: settings.name, boot: settings.boot, known },
    ...held(),
    patience: 0,
    signal,
  });
  return data;
}

async function askOwn(settings: Settings, active: ActiveRuns, signal: AbortSignal): Promise<Interruption[]> {
  const own = active.all().filter((run) => !run.asked());
  const found: Interruption[] = [];
  for (let start = 0; start < own.length; start += page) {
    const ids = own.slice(start, start + page).map(({ run }) => run.id);
    const { data } = await settings.client.filterFlowRuns({
      body: { flow_runs: { id: { any_: ids }, state: { type: { any_: ['CANCELLING', 'PAUSED'] } } }, limit: page },
      patience: 0,
      signal,
    });
    found.push(...data);
  }
  return found;
}
