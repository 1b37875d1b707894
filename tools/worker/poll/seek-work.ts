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
  readonly isInHand: (id: FlowRun['id']) => boolean;
  /** how many runs it executes now */
  readonly running: () => number;
  /** takes a run with its slot; resolves once it is decided what became of the claim */
  readonly take: (run: FlowRun) => Promise<Taken>;
  /** makes the worker known again, after the server was away */
  readonly register: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Asks for work whenever there is room for it, one request at a time, until the signal aborts. */
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

  /** @param mayHold after an outage the first answer comes at once, and ends it */
  async function pollOnce(mayHold: boolean): Promise<PollAnswer> {
    const free = slots.free();
    const limit = free + refused.prune(Date.now());
    const asked = performance.now();
    const found = await poll(settings, { limit, mayHold, signal });
    const took = performance.now() - asked;
    outage.succeeded('poll');
    const skip = (run: FlowRun): boolean => refused.has(run) || wires.isInHand(run.id);
    const chosen = choose(found, { now: fromMillis(Date.now()), free, skip });
    const taken = await claimAll(chosen, wires.take, { atOnce: how.holds });
    for (const [index, run] of chosen.entries()) if (taken[index] === 'refused') refused.add(run, Date.now());
    return { at: performance.now(), took, limit, found: found.length, taken, running: wires.running() };
  }
}

/** A plain server is sent one claim after the other: on SQLite, writes at once stand in each other's way, for a minute at worst. */
async function claimAll(runs: readonly FlowRun[], take: SeekWork['take'], { atOnce }: { readonly atOnce: boolean }): Promise<Taken[]> {
  if (atOnce) return Promise.all(runs.map((run) => take(run)));
  const claims: Taken[] = [];
  for (const run of runs) claims.push(await take(run));
  return claims;
}
