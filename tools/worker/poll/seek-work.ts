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

/** Asks for work whenever there is room for it, until the signal aborts. */
export async function seekWork(settings: Settings, wires: SeekWork): Promise<void> {
  const { slots, outage, signal } = wires;
  const refused = new Map<FlowRun['id'], number>();
  let failures = 0;
  let idle = 0;
  for (;;) {
    await slots.whenFree(signal);
    if (signal.aborted) return;
    try {
      if (failures > 0) await wires.register();
      for (const [id, until] of refused) if (until < Date.now()) refused.delete(id);
      const free = slots.free();
      // After an outage the first answer comes at once, and ends it.
      const found = await poll(settings, { limit: free + refused.size, mayHold: failures === 0, signal });
      const recovered = failures > 0;
      failures = 0;
      outage.succeeded('poll');
      const skip = (id: FlowRun['id']): boolean => refused.has(id) || wires.isInHand(id);
      const chosen = choose(found, { now: fromMillis(Date.now()), free, skip });
      const claims = await Promise.all(chosen.map((run) => wires.take(run)));
      for (const [index, run] of chosen.entries()) if (!claims[index]) refused.set(run.id, Date.now() + refusedMilliseconds);
      idle = claims.includes(true) ? 0 : idle + 1;
      if (recovered) idle = 0;
      if (found.length > 0 && idle > 0) await pause(afterFailures(idle, Math.random()), signal);
      else if (idle > 0 && !can(settings, 'long-poll')) await pause(afterEmptyPolls(idle), signal);
    } catch (error) {
      if (signal.aborted) return;
      outage.failed('poll', error);
      failures += 1;
      await pause(afterFailures(failures, Math.random()), signal);
    }
  }
}
