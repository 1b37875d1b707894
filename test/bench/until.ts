import { setTimeout as sleep } from 'node:timers/promises';

/** Looks until there is something to see: every 50 ms, and slower where looking takes long, so that it is no load to speak of. */
export async function until<Sight>(look: () => Promise<Sight | undefined>): Promise<Sight> {
  for (;;) {
    const began = performance.now();
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(Math.max(50, 5 * (performance.now() - began)));
  }
}
