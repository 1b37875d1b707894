import type { Gate } from './run-task.ts';

/** A gate that lets `width` through at a time, in order. */
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
