import { fromMillis } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { pause } from '../pause.ts';
import { can, type Settings } from '../settings.ts';
import { afterEmptyPolls, afterFailures } from './back-off.ts';
import { choose } from './choose.ts';
import type { Outage } from './outage.ts';
import { poll } from './poll.ts';
import type { Slots } from './slots.ts';

export interface SeekWork {
  readonly slots: Slots;
  readonly outage: Outage;
  readonly isInHand: (id: FlowRun['id']) => boolean;
  /** takes a run with its slot; resolves once it is decided whether the claim succeeded */
  readonly take: (run: FlowRun) => Promise<boolean>;
  /** makes the worker known again, after the server was away */
  readonly register: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** A run that could not be claimed stays out of sight for so long, so that one which never can be does not keep the worker busy. */
const refusedMilliseconds = 10_000;

/** An answer without work that came sooner was not held, say because the server closes: a pause follows. */
const quickMilliseconds = 500;

/** Asks for work whenever there is room for it, until the signal aborts. */
export async function seekWork(settings: Settings, wires: SeekWork): Promise<void> {
  const { slots, outage, signal } = wires;
  const refused = new Map<FlowRun['id'], number>();
  let failures = 0;
  let idle = 0;
  let refusals = 0;
  const holds = can(settings, 'long-poll');
  for (;;) {
    await slots.whenFree(signal);
    if (signal.aborted) return;
    try {
      if (failures > 0) await wires.register();
      for (const [id, until] of refused) if (until < Date.now()) refused.delete(id);
      const free = slots.free();
      // After an outage the first answer comes at once, and ends it.
      const asked = performance.now();
      const found = await poll(settings, { limit: free + refused.size, mayHold: failures === 0, signal });
      failures = 0;
      outage.succeeded('poll');
      const skip = (id: FlowRun['id']): boolean => refused.has(id) || wires.isInHand(id);
      const chosen = choose(found, { now: fromMillis(Date.now()), free, skip });
      const claims = await Promise.all(chosen.map((run) => wires.take(run)));
      for (const [index, run] of chosen.entries()) if (!claims[index]) refused.set(run.id, Date.now() + refusedMilliseconds);
      const took = claims.includes(true);
      idle = took || found.length > 0 ? 0 : idle + 1;
      // What was found and could not be had is found again at once: nothing is held for it.
      refusals = took || found.length === 0 ? 0 : refusals + 1;
      const wasHeld = performance.now() - asked > quickMilliseconds;
      if (refusals > 0) await pause(Math.min(1_000, afterFailures(refusals, Math.random())), signal);
      else if (idle > 0 && !holds) await pause(afterEmptyPolls(idle), signal);
      else if (idle > 0 && !wasHeld) await pause(quickMilliseconds, signal);
    } catch (error) {
      if (signal.aborted) return;
      outage.failed('poll', error);
      failures += 1;
      await pause(afterFailures(failures, Math.random()), signal);
    }
  }
}
