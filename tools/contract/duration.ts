/** Seconds in each unit that a duration may have. */
const unitSeconds = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 } as const;
export type DurationUnit = keyof typeof unitSeconds;

/**
 * Reads a duration such as `500ms`, `90s`, `1.5m`, `2h` or `1d`; a number without a unit is seconds.
 * @returns seconds; undefined if the text isn't a duration
 */
export function readDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(text.trim());
  // The pattern matches only the keys of unitSeconds.
  return match ? Number(match[1]) * unitSeconds[(match[2] ?? 's') as DurationUnit] : undefined;
}
