/** The middle of the sorted values. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The percentile by linear interpolation. @param rank 0 to 100 */
export function percentile(values: readonly number[], rank: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = ((sorted.length - 1) * rank) / 100;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
