const units = ['kB', 'MB', 'GB', 'TB'] as const;

/** Prints a number of bytes: `532 B`, `1.2 kB`, `34 MB`. */
export function size(bytes: number): string {
  let [value, unit] = [bytes, 'B'];
  for (const next of units) {
    if (value < 999.5) break;
    [value, unit] = [value / 1000, next];
  }
  return `${unit === 'B' || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${unit}`;
}
