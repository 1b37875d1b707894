import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until there is a result. Waits 50 ms between two polls, or longer if a poll is slow, to cause little load. */
export async function until<Sight>(look: () => Promise<Sight | undefined>): Promise<Sight> {
  for (;;) {
    const began = performance.now();
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(Math.max(50, 5 * (performance.now() - began)));
  }
}
