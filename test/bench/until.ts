import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until there is a result: every 50 ms, or less often if a poll takes long, so that it causes little load. */
export async function until<Sight>(look: () => Promise<Sight | undefined>): Promise<Sight> {
  for (;;) {
    const began = performance.now();
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(Math.max(50, 5 * (performance.now() - began)));
  }
}
