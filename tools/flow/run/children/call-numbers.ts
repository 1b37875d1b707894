/** Gives numbers to equal calls, which are calls that ask for the same child run. */
export interface CallNumbers {
  /** @returns the call's number among equal calls, from 0; `again` is true if an earlier try of the calling task made this call */
  take(asked: string): { readonly number: number; readonly again: boolean };
}

/** Numbers the calls of an attempt of a flow. The order of equal calls doesn't matter, as their answers are interchangeable. */
export function numberCalls(): CallNumbers {
  const counts = new Map<string, number>();
  return {
    take(asked) {
      const number = counts.get(asked) ?? 0;
      counts.set(asked, number + 1);
      return { number, again: false };
    },
  };
}

/**
 * Numbers the calls of a task run. Each try repeats the calls of the try before, with the same numbers, and then makes new ones.
 * @param outer gives new numbers; belongs to the flow's attempt, or to the try of a task that called this task
 * @returns a function that begins a try
 */
export function numberTries(outer: CallNumbers): () => CallNumbers {
  // Created on first use, as most tasks call nothing.
  let taken: Map<string, { readonly number: number; readonly by: number }[]> | undefined;
  let tries = 0;
  return () => {
    tries += 1;
    const self = tries;
    // Each try has its own counts, because a try that timed out may still run beside the next one.
    let places: Map<string, number> | undefined;
    return {
      take(asked) {
        places ??= new Map();
        taken ??= new Map();
        const place = places.get(asked) ?? 0;
        places.set(asked, place + 1);
        const calls = taken.get(asked) ?? [];
        taken.set(asked, calls);
        const known = calls[place];
        // Usually an earlier try made this call. But if this try timed out and still runs, a later try may have made it first: then `again` is
        // false.
        if (known) return { number: known.number, again: known.by < self };
        const next = outer.take(asked);
        calls[place] = { number: next.number, by: self };
        return next;
      },
    };
  };
}
