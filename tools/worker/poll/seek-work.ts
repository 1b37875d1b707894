import { fromMillis } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { waitUnless } from '@tributary/contract/wait';
import { can, type Settings } from '../settings.ts';
import { afterFailures, betweenPolls } from '../back-off.ts';
import { choose } from './choose.ts';
import type { Outage } from './outage.ts';
import { poll } from './poll.ts';
import type { Slots } from './slots.ts';

/** What became of a run that was offered: claimed; refused; or it waits by now in another state, in which the next poll answers it. */
export type Taken = 'claimed' | 'refused' | 'offered anew';

export interface SeekWork {
  readonly slots: Slots;
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

/** A run that could not be claimed stays out of sight for so long in the state it was in, so that one which never can be does not keep the worker busy. */
const refusedMilliseconds = 10_000;

interface Refused {
  readonly state: FlowRun['state_id'];
  readonly until: number;
}

/** An answer without work that came sooner was not held, say because the server closes: a pause follows. */
const quickMilliseconds = 500;

/** Asks for work whenever there is room for it, one request at a time, until the signal aborts. */
export async function seekWork(settings: Settings, wires: SeekWork): Promise<void> {
  const { slots, outage, signal } = wires;
  const refused = new Map<FlowRun['id'], Refused>();
  let failures = 0;
  let refusals = 0;
  let running = 0;
  let lastWork = performance.now();
  const holds = can(settings, 'long-poll');
  for (;;) {
    await slots.whenFree(signal);
    if (signal.aborted) return;
    try {
      if (failures > 0) await wires.register();
      for (const [id, { until }] of refused) if (until < Date.now()) refused.delete(id);
      const free = slots.free();
      const limit = free + refused.size;
      // After an outage the first answer comes at once, and ends it.
      const asked = performance.now();
      const found = await poll(settings, { limit, mayHold: failures === 0, signal });
      const took = performance.now() - asked;
      failures = 0;
      outage.succeeded('poll');
      // A run that waited for a slot comes in another state: it may have one now.
      const skip = ({ id, state_id }: FlowRun): boolean => {
        const before = refused.get(id);
        return (before !== undefined && before.state === state_id) || wires.isInHand(id);
      };
      const chosen = choose(found, { now: fromMillis(Date.now()), free, skip });
      const claims = await claimAll(chosen, wires.take, { atOnce: holds });
      for (const [index, { id, state_id }] of chosen.entries())
        if (claims[index] === 'refused') refused.set(id, { state: state_id, until: Date.now() + refusedMilliseconds });
      const claimed = claims.includes('claimed');
      if (claimed || wires.running() < running) lastWork = performance.now();
      running = wires.running();
      // What was found and could not be had is found again at once: nothing is held for it. An offer that was only old is a new one then.
      const idle = found.length > 0 && !claimed && !claims.includes('offered anew');
      refusals = idle ? refusals + 1 : 0;
      if (refusals > 0) await waitUnless(Math.min(1_000, afterFailures(refusals, Math.random())) / 1000, signal);
      else if (holds && found.length === 0 && took < quickMilliseconds) await waitUnless(quickMilliseconds / 1000, signal);
      else if (!holds && (found.length < limit || !claimed)) {
        const facts = { sinceWork: performance.now() - lastWork, hasRuns: running > 0, took, longest: settings.pollSeconds * 1000 };
        await waitUnless(betweenPolls(facts, Math.random()) / 1000, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      outage.failed('poll', error);
      failures += 1;
      await waitUnless(afterFailures(failures, Math.random(), error) / 1000, signal);
    }
  }
}

/** A plain server is sent one claim after the other: on SQLite, writes at once stand in each other's way, for a minute at worst. */
async function claimAll(runs: readonly FlowRun[], take: SeekWork['take'], { atOnce }: { readonly atOnce: boolean }): Promise<Taken[]> {
  if (atOnce) return Promise.all(runs.map((run) => take(run)));
  const claims: Taken[] = [];
  for (const run of runs) claims.push(await take(run));
  return claims;
}
