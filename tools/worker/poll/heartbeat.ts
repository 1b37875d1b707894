import type { WorkPool } from '@tributary/contract/nouns/work-pool';
import { waitUnless } from '@tributary/contract/wait';

import type { Settings } from '../settings.ts';
import type { Outage } from './outage.ts';
import { readPool, sendHeartbeat } from './register.ts';

/** Sends heartbeats and reads the pool after each, until the signal aborts. */
export async function beat(
  settings: Settings,
  wires: { readonly outage: Outage; readonly onPool: (pool: WorkPool) => void; readonly onBeat: () => void; readonly signal: AbortSignal },
): Promise<void> {
  const how = { patience: Math.min(5, settings.heartbeatSeconds), signal: wires.signal };
  for (;;) {
    await waitUnless(settings.heartbeatSeconds, wires.signal);
    if (wires.signal.aborted) return;
    try {
      await sendHeartbeat(settings, how);
      const pool = await readPool(settings, how);
      if (pool) wires.onPool(pool);
      wires.outage.succeeded('heartbeat');
      wires.onBeat();
    } catch (error) {
      if (wires.signal.aborted) return;
      wires.outage.failed('heartbeat', error);
    }
  }
}
