const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const field = 'numeric';
    format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      year: field,
      month: field,
      day: field,
      hour: field,
      minute: field,
      second: field,
    });
    formats.set(zone, format);
  }
  return format;
}

/** @returns what the clocks of a timezone are ahead of UTC at a moment; all in milliseconds */
function offsetAt(moment: number, zone: string): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatOf(zone).formatToParts(moment)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000;
}

/** @returns what the clocks show at a moment, as the moment at which UTC's clocks show the same; milliseconds */
export function toLocal(moment: number, zone: string): number {
  return moment + offsetAt(moment, zone);
}

const day = 86_400_000;

/**
 * The moment at which the clocks of a timezone show this; milliseconds, as {@link toLocal} gives them. What comes twice is the first of the
 * two; what the clocks leap over comes as much later as they leap.
 */
export function toMoment(local: number, zone: string): number {
  const before = local - offsetAt(local - day, zone);
  const after = local - offsetAt(local + day, zone);
  if (toLocal(before, zone) === local) return before;
  return toLocal(after, zone) === local ? after : before;
}

export function isTimezone(name: string): boolean {
  try {
    return formatOf(name).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
