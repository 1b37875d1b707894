import { fromMillis } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { waitUnless } from '@tributary/contract/wait';

import { can, type Settings } from '../settings.ts';
import { choose } from './choose.ts';
import type { Outage } from './outage.ts';
import { nextWait } from './next-wait.ts';
import { afterAnsweredPoll, afterFailedPoll, beginHistory, type PollAnswer, type Taken } from './poll-history.ts';
import { poll } from './poll.ts';
import { createRefusedRuns } from './refused-runs.ts';
import type { RunSlots } from './run-slots.ts';

export interface SeekWork {
  readonly slots: RunSlots;
  readonly outage: Outage;
  /** whether this worker executes the run, or still reports about it */
  readonly isActive: (id: FlowRun['id']) => boolean;
  /** the number of runs that the worker executes now */
  readonly running: () => number;
  /** acquires a slot and executes the run; resolves once the run's claim is decided */
  readonly take: (run: FlowRun) => Promise<Taken>;
  /** registers the worker again after an outage */
  readonly register: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Polls for runs while slots are free, one request at a time, until the signal aborts. */
export async function seekWork(settings: Settings, wires: SeekWork): Promise<void> {
  const { slots, outage, signal } = wires;
  const how = { holds: can(settings, 'long-poll'), longest: settings.pollSeconds * 1000 };
  const refused = createRefusedRuns();
  let history = beginHistory(performance.now());
  for (;;) {
    await slots.whenFree(signal);
    if (signal.aborted) return;
    try {
      if (history.failures > 0) await wires.register();
      history = afterAnsweredPoll(history, await pollOnce(history.failures === 0));
    } catch (error) {
      if (signal.aborted) return;
      outage.failed('poll', error);
      history = afterFailedPoll(history, error);
    }
    await waitUnless(nextWait(history, how, Math.random()) / 1000, signal);
  }

  /** @param mayHold false after an outage, so that the first answer comes immediately and ends the outage */
  async function pollOnce(mayHold: boolean): Promise<PollAnswer> {
    const limit = slots.free() + refused.prune(Date.now());
    const asked = performance.now();
    const found = await poll(settings, { limit, mayHold, signal });
    const took = performance.now() - asked;
    outage.succeeded('poll');
    // While the server held the poll, runs that waited for their child runs may have taken their slots back.
    const free = slots.free();
    const skip = (run: FlowRun): boolean => refused.has(run) || wires.isActive(run.id);
    const chosen = choose(found, { now: fromMillis(Date.now()), free, skip });
    const taken = await claimAll(chosen, wires.take, { atOnce: how.holds });
    for (const [index, run] of chosen.entries()) if (taken[index] === 'refused') refused.add(run, Date.now());
    return { at: performance.now(), took, limit, found: found.length, taken, isFull: free === 0, running: wires.running() };
  }
}

/**
 * Claims runs. On a plain Prefect server, this sends one claim after the other, because concurrent writes to the server's SQLite database
 * block each other for up to a minute.
 */
async function claimAll(runs: readonly FlowRun[], take: SeekWork['take'], { atOnce }: { readonly atOnce: boolean }): Promise<Taken[]> {
  if (atOnce) return Promise.all(runs.map((run) => take(run)));
  const claims: Taken[] = [];
  for (const run of runs) claims.push(await take(run));
  return claims;
}
