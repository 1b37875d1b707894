/** Lets so many through at a time. */
export interface Gate {
  /** undefined: go through. Otherwise go through when it resolves. */
  enter(): Promise<void> | undefined;
  leave(): void;
}

/** A gate that lets `width` through at a time, in the order in which they came. */
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

/** Does the work once the gate lets it through. @throws what the work throws */
export async function through<Result>(gate: Gate, work: () => Promise<Result>): Promise<Result> {
  await gate.enter();
  try {
    return await work();
  } finally {
    gate.leave();
  }
}
