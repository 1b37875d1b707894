/** Milliseconds between looks at whether there is room again. */
const lookEvery = 20;

/**
 * Lets so many callers pass in each turn of the event loop, and none while there is no room. Code that awaits nothing but finished
 * promises never ends its turn, so that nothing would be sent meanwhile.
 * @returns undefined: pass at once; otherwise pass when it resolves, in the order of asking
 */
export function createTurnstile(options: { readonly perTurn: number; readonly hasRoom: () => boolean }): () => Promise<void> | undefined {
  let left = options.perTurn;
  let refilling = false;
  let waiting: (() => void)[] = [];

  function refill(): void {
    if (!options.hasRoom()) return void setTimeout(refill, lookEvery);
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
