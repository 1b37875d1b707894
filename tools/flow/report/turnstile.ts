/** How often to check for room again, in milliseconds. */
const checkEvery = 20;

/**
 * Limits how many callers pass in each turn of the event loop. While there is no room, callers wait. Without this limit, code that awaits
 * only resolved promises would never end its turn, and nothing would be sent until that code has finished.
 * @returns a function that each caller calls first: it returns undefined if the caller may go on now, and otherwise a promise that resolves
 *   when the caller may. Callers pass in the order in which they came.
 */
export function createTurnstile(options: { readonly perTurn: number; readonly hasRoom: () => boolean }): () => Promise<void> | undefined {
  let left = options.perTurn;
  let refilling = false;
  let waiting: (() => void)[] = [];

  function refill(): void {
    if (!options.hasRoom()) return void setTimeout(refill, checkEvery);
    const passing = waiting.slice(0, options.perTurn);
    waiting = waiting.slice(passing.length);
    left = options.perTurn - passing.length;
    refilling = waiting.length > 0;
    if (refilling) setImmediate(refill);
    for (const pass of passing) pass();
  }

  return () => {
    if (!refilling) {
      refilling = true;
      setImmediate(refill);
    }
    if (left > 0 && waiting.length === 0) {
      left -= 1;
      return undefined;
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
}
