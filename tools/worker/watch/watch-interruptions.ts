import { longPoll } from '@tributary/contract/client/long-poll';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import { waitUnless } from '@tributary/contract/wait';

import { afterFailures } from '../back-off.ts';
import { can, type Settings } from '../settings.ts';
import type { ActiveRun, ActiveRuns } from './active-run.ts';

const intervalSeconds = 2;
const page = 200;
/** Milliseconds after which a delivered state is forgotten if its run isn't active: the server has settled such a run by then. */
const keptMilliseconds = 600_000;

/** A run that was seen CANCELLING or PAUSED. */
type Interruption = Pick<FlowRun, 'id' | 'state_id' | 'state_type'>;

/** A state that was already delivered. `run` is the active run to which it was delivered, if there was one. */
interface Delivered {
  readonly id: FlowRun['id'];
  readonly run: ActiveRun | undefined;
  readonly until: number;
}

/** Ends runs that are cancelled and notifies runs that are paused, until the signal aborts. Asks the server only while runs are active. */
export async function watchInterruptions(settings: Settings, active: ActiveRuns, signal: AbortSignal): Promise<void> {
  /** the states that were delivered, by their ids */
  const delivered = new Map<string, Delivered>();
  let failures = 0;
  for (;;) {
    await active.whenSome(signal);
    if (signal.aborted) return;
    try {
      const holds = can(settings, 'interruptions');
      for (const [state, { id, run, until }] of delivered)
        if (run !== active.get(id) || (!run && until < Date.now())) delivered.delete(state);
      const found = await (holds ? askHeld(settings, [...delivered.keys()], signal) : askOwn(settings, active, signal));
      failures = 0;
      for (const { id, state_id, state_type } of found) {
        if (!state_id || delivered.has(state_id)) continue;
        const run = active.get(id);
        delivered.set(state_id, { id, run, until: Date.now() + keptMilliseconds });
        if (state_type === 'PAUSED') run?.pause();
        else run?.end('cancelled');
      }
      if (!holds) await waitUnless(intervalSeconds, signal);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      // An unreachable server is reported by the polls and heartbeats.
      if (failures === 1 && !isTributaryError(error, 'unreachable'))
        settings.log(`The worker can't learn which runs are cancelled or paused. ${messageOf(error)}`);
      await waitUnless(afterFailures(failures, Math.random()) / 1000, signal);
    }
  }
}

async function askHeld(settings: Settings, known: string[], signal: AbortSignal): Promise<Interruption[]> {
  const { data } = await settings.client.readInterruptions({
    body: { worker: settings.name, boot: settings.boot, known },
    ...longPoll(),
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
