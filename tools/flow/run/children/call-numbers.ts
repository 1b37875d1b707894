/** Numbers calls that ask for the same. */
export interface CallNumbers {
  /** @returns the number of this call among those that ask for the same, from 0, and whether an earlier try of the calling task had it */
  take(asked: string): { readonly number: number; readonly again: boolean };
}

/** For one attempt of a flow. Equal calls may come in any order: one's answer is as good as the other's. */
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
 * For one task run. Each try makes the calls of the try before again, and goes on after them.
 * @param outer where numbers come from that no try has had: the flow's attempt, or the try of the task that called this one
 * @returns what begins a try
 */
export function numberTries(outer: CallNumbers): () => CallNumbers {
  // Made when they are needed: most tasks call nothing.
  let taken: Map<string, { readonly number: number; readonly by: number }[]> | undefined;
  let tries = 0;
  return () => {
    tries += 1;
    const self = tries;
    // Of each try by itself: one that timed out may go on for a while beside the next.
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
        // What is left of an earlier try may come to a call after the next one has.
        if (known) return { number: known.number, again: known.by < self };
        const next = outer.take(asked);
        calls[place] = { number: next.number, by: self };
        return next;
      },
    };
  };
}
