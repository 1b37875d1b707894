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

/** @returns how far the clocks of a timezone are ahead of UTC at a moment, in milliseconds */
function offsetAt(moment: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatOf(zone).formatToParts(moment)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000;
}

/**
 * The local time at a moment, as a number.
 * @returns the moment at which a clock in UTC shows the same date and time as local clocks do at `moment`, in milliseconds
 */
export function toLocal(moment: number, zone: string): number {
  return moment + offsetAt(moment, zone);
}

const day = 86_400_000;

/**
 * The moments at which the clocks of a timezone show a local time, in ascending order: two if it occurs twice, none if the clocks skip it.
 * @param local as {@link toLocal} returns it
 */
export function momentsAt(local: number, zone: string): number[] {
  return candidates(local, zone).filter((moment) => toLocal(moment, zone) === local);
}

/**
 * The moments that may show a local time, computed with the timezone's offsets a day before and a day after. Two offsets are enough: no
 * timezone has two changes within four days (1970 to 2040).
 */
function candidates(local: number, zone: string): number[] {
  const before = offsetAt(local - day, zone);
  const after = offsetAt(local + day, zone);
  return before === after ? [local - before] : [local - Math.max(before, after), local - Math.min(before, after)];
}

/**
 * The moment of a local time: the first one if it occurs twice, later by the length of the gap if the clocks skip it.
 * @param local as {@link toLocal} returns it
 */
export function toMoment(local: number, zone: string): number {
  return momentsAt(local, zone)[0] ?? candidates(local, zone).at(-1) ?? local;
}

/**
 * The first moment after the gap in which the clocks skip a local time.
 * @param local as {@link toLocal} returns it; {@link momentsAt} finds no moment for it
 */
export function firstAfterGap(local: number, zone: string): number {
  let [early = local, late = local] = candidates(local, zone);
  while (late - early > 1000) {
    const middle = early + Math.floor((late - early) / 2000) * 1000;
    if (toLocal(middle, zone) < local) early = middle;
    else late = middle;
  }
  return late;
}

/**
 * The earliest local time that the clocks show at a moment or after it. If the clocks are set back soon after the moment, this can be
 * earlier than the local time at the moment itself.
 */
export function earliestLocal(moment: number, zone: string): number {
  const offset = offsetAt(moment, zone);
  const back = offset - offsetAt(moment + day, zone);
  return moment + offset - (back > 0 && offsetAt(moment + back, zone) < offset ? back : 0);
}
