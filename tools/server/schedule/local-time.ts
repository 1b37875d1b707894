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
 * The moments at which the clocks of a timezone show a local time, in order: two when they go back over it, none when they leap over it.
 * @param local milliseconds, as {@link toLocal} gives them
 */
export function momentsAt(local: number, zone: string): number[] {
  return candidates(local, zone).filter((moment) => toLocal(moment, zone) === local);
}

/** The local time by the offsets a day before and a day after. No timezone has two changes within four days (1970 to 2040). */
function candidates(local: number, zone: string): number[] {
  const before = offsetAt(local - day, zone);
  const after = offsetAt(local + day, zone);
  return before === after ? [local - before] : [local - Math.max(before, after), local - Math.min(before, after)];
}

/**
 * The moment at which the clocks of a timezone show this; milliseconds, as {@link toLocal} gives them. What comes twice is the first of the
 * two; what the clocks leap over comes as much later as they leap.
 */
export function toMoment(local: number, zone: string): number {
  return momentsAt(local, zone)[0] ?? candidates(local, zone).at(-1) ?? local;
}

/** @returns the moment at which the clocks leap over a local time; milliseconds. Such a time is none of {@link momentsAt} */
export function firstAfterGap(local: number, zone: string): number {
  let [early = local, late = local] = candidates(local, zone);
  while (late - early > 1000) {
    const middle = early + Math.floor((late - early) / 2000) * 1000;
    if (toLocal(middle, zone) < local) early = middle;
    else late = middle;
  }
  return late;
}

/** @returns a local time that the clocks never show again before it from a moment on; milliseconds, as {@link toLocal} gives them */
export function earliestLocal(moment: number, zone: string): number {
  const offset = offsetAt(moment, zone);
  const back = offset - offsetAt(moment + day, zone);
  return moment + offset - (back > 0 && offsetAt(moment + back, zone) < offset ? back : 0);
}
