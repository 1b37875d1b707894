/** Limits how many callers work at the same time. */
export interface Gate {
  /** @returns undefined if the caller may start now; otherwise a promise that resolves when the caller may start */
  enter(): Promise<void> | undefined;
  leave(): void;
}

/** Creates a gate for `width` callers at a time; the others wait in the order in which they came. */
export function createGate(width: number): Gate {
  let free = width;
  const queue: (() => void)[] = [];
  return {
    enter() {
      if (free > 0) {
        free -= 1;
        return undefined;
      }
      return new Promise((resolve) => {
        queue.push(resolve);
      });
    },
    leave() {
      const next = queue.shift();
      if (next) next();
      else free += 1;
    },
  };
}

/** Does the work as soon as the gate allows it. @throws whatever the work throws */
export async function through<Result>(gate: Gate, work: () => Promise<Result>): Promise<Result> {
  await gate.enter();
  try {
    return await work();
  } finally {
    gate.leave();
  }
}
