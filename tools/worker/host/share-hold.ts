/**
 * Lets a run and several hosts hold the same code.
 * @param release called once, when the last of them has ended
 * @returns a function that begins a hold, and returns the function that ends it
 */
export function shareHold(release: () => void): () => () => void {
  const holds = new Set<object>();
  return () => {
    const hold = {};
    holds.add(hold);
    return () => {
      if (holds.delete(hold) && holds.size === 0) release();
    };
  };
}
