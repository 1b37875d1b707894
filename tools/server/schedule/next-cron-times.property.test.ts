import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { nextCronTimes } from './next-cron-times.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const formats = new Map<string, Intl.DateTimeFormat>();
/** The local time at a moment, as the moment at which clocks in UTC show it. Computed by Intl, without the code under test. */
function wallClock(moment: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(zone, format);
  }
  return Date.parse(`${format.format(moment).replace(' ', 'T')}Z`);
}

/** A field of a cron: its text, and which values it names. */
interface Field {
  readonly text: string;
  readonly names: (value: number) => boolean;
}
const every: Field = { text: '*', names: () => true };

function fieldOf(from: number, to: number): fc.Arbitrary<Field> {
  const value = fc.integer({ min: from, max: to });
  return fc.oneof(
    value.map((one): Field => ({ text: `${one}`, names: (other) => other === one })),
    fc
      .uniqueArray(value, { minLength: 2, maxLength: 4 })
      .map((some): Field => ({ text: some.join(','), names: (other) => some.includes(other) })),
    fc
      .tuple(value, value, fc.integer({ min: 1, max: 5 }))
      .filter(([one, other]) => one !== other)
      .map(([one, other, step]): Field => {
        const [least, most] = [Math.min(one, other), Math.max(one, other)];
        return {
          text: `${least}-${most}${step === 1 ? '' : `/${step}`}`,
          names: (found) => found >= least && found <= most && (found - least) % step === 0,
        };
      }),
    // A range that continues at the field's least value after its greatest one, such as 22-2 for hours.
    fc
      .tuple(value, value)
      .filter(([one, other]) => one > other)
      .map(([one, other]): Field => ({ text: `${one}-${other}`, names: (found) => found >= one || found <= other })),
  );
}

function steps(of: number): fc.Arbitrary<Field> {
  return fc.integer({ min: 1, max: of - 1 }).map((step) => ({ text: `*/${step}`, names: (value) => value % step === 0 }));
}

interface Expected {
  readonly cron: string;
  readonly day_or: boolean;
  /** the seconds of a local minute at which the cron runs */
  readonly secondsOf: (wall: number) => readonly number[];
  readonly everyHour: boolean;
}

const names = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const weekdays = fc.oneof(
  { weight: 20, arbitrary: fc.constant(undefined) },
  fc.integer({ min: 0, max: 6 }).map((one) => ({ text: names[one] ?? '', names: (date: Date) => date.getUTCDay() === one })),
  fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 4 })).map(([one, nth]) => ({
    text: `${one}#${nth}`,
    names: (date: Date) => date.getUTCDay() === one && Math.ceil(date.getUTCDate() / 7) === nth,
  })),
  fc.integer({ min: 0, max: 6 }).map((one) => ({
    text: `L${one}`,
    names: (date: Date) => date.getUTCDay() === one && new Date(date.getTime() + 7 * day).getUTCMonth() !== date.getUTCMonth(),
  })),
);

const crons: fc.Arbitrary<Expected> = fc
  .record({
    minutes: fc.oneof(fc.constant(every), fieldOf(0, 59), steps(60)),
    hours: fc.oneof({ weight: 4, arbitrary: fc.constant(every) }, fieldOf(0, 23), { weight: 3, arbitrary: fieldOf(0, 4) }, steps(24)),
    days: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, fieldOf(1, 31)),
    months: fc.oneof({ weight: 12, arbitrary: fc.constant(every) }, fieldOf(1, 12)),
    weekdays,
    seconds: fc.option(fc.oneof(fieldOf(0, 59), steps(60)), { nil: undefined, freq: 3 }),
    years: fc.option(fieldOf(1995, 2037), { nil: undefined, freq: 12 }),
    day_or: fc.boolean(),
  })
  .map(({ minutes, hours, days, months, weekdays: weekday, seconds, years, day_or }): Expected => {
    const fields = [minutes.text, hours.text, days?.text ?? '*', months.text, weekday?.text ?? '*'];
    if (seconds || years) fields.push(seconds?.text ?? '0');
    if (years) fields.push(years.text);
    const onDay = (date: Date): boolean => {
      const byDay = days?.names(date.getUTCDate());
      const byWeekday = weekday?.names(date);
      if (byDay === undefined || byWeekday === undefined) return byDay ?? byWeekday ?? true;
      return day_or ? byDay || byWeekday : byDay && byWeekday;
    };
    const second = seconds ?? { names: (value: number) => value === 0 };
    const all = Array.from({ length: 60 }, (_, index) => index);
    const inMinute = all.filter((value) => second.names(value));
    const named = (date: Date): boolean =>
      minutes.names(date.getUTCMinutes()) &&
      hours.names(date.getUTCHours()) &&
      months.names(date.getUTCMonth() + 1) &&
      (years?.names(date.getUTCFullYear()) ?? true) &&
      onDay(date);
    return {
      cron: fields.join(' '),
      day_or,
      secondsOf: (wall) => (named(new Date(wall)) ? inMinute : []),
      everyHour: all.slice(0, 24).every((value) => hours.names(value)),
    };
  });

/** The times of a cron, found by reading the wall clock at each minute. */
function walk({ secondsOf, everyHour }: Expected, zone: string, from: number, until: number): number[] {
  const found: number[] = [];
  const shown = new Set<number>();
  // Starts 8 hours early to know the local times that were shown before `from`. No clock is set back by more than that.
  const start = from - 8 * hour;
  let before = wallClock(start, zone);
  for (let moment = start; moment < until; moment += minute) {
    const wall = wallClock(moment, zone);
    let isSkipped = false;
    for (let skipped = before + minute; skipped < wall; skipped += minute) isSkipped ||= secondsOf(skipped).length > 0;
    const due = new Set(everyHour || !shown.has(wall) ? secondsOf(wall) : []);
    if (isSkipped) due.add(0);
    for (const second of [...due].toSorted((a, b) => a - b)) found.push(moment + second * 1000);
    shown.add(wall);
    before = wall;
  }
  return found;
}

/** The moments in a year at which the clocks of a timezone change, to the minute. */
function changes(zone: string, year: number): number[] {
  const offset = (moment: number): number => wallClock(moment, zone) - moment;
  const found: number[] = [];
  let before = offset(Date.UTC(year, 0, 1));
  for (let moment = Date.UTC(year, 0, 2); moment < Date.UTC(year + 1, 0, 1); moment += day) {
    if (offset(moment) === before) continue;
    let change = moment - day;
    while (offset(change + hour) === before) change += hour;
    while (offset(change) === before) change += minute;
    found.push(change);
    before = offset(moment);
  }
  return found;
}

const zones = [
  'Europe/Berlin',
  'Europe/Lisbon',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'America/Sao_Paulo',
  'America/Havana',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Tehran',
  'Asia/Amman',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Chatham',
  'Antarctica/Troll',
  'Antarctica/Vostok',
  'Asia/Pyongyang',
  'UTC',
];

it('finds the same times as reading the wall clock at each minute, in many timezones and years and for many forms of crons', () => {
  const when = fc.record({
    zone: fc.constantFrom(...zones),
    year: fc.integer({ min: 1994, max: 2037 }),
    which: fc.nat(),
    // The starts of six searches, in seconds from the change of the clocks: five close to it, one up to a day away.
    starts: fc.tuple(
      ...Array.from({ length: 5 }, () => fc.integer({ min: -5000, max: 5000 })),
      fc.integer({ min: -24 * 3600, max: 12 * 3600 }),
    ),
  });
  fc.assert(
    fc.property(when, crons, ({ zone, year, which, starts }, expected) => {
      const known = changes(zone, year);
      const change = known[which % known.length] ?? Date.UTC(year, which % 12, 1);
      const until = change + 36 * hour;
      const wanted = walk(expected, zone, change - 24 * hour, until);
      for (const start of starts) {
        const after = change + start * 1000;
        const found: number[] = [];
        for (const moment of nextCronTimes({ cron: expected.cron, timezone: zone, day_or: expected.day_or }, after)) {
          if (moment >= until || found.length === 200) break;
          found.push(moment);
        }
        const later = wanted.filter((moment) => moment > after).slice(0, 200);
        const shown = (all: readonly number[]): string[] => all.map((moment) => new Date(moment).toISOString());
        expect(shown(found)).toEqual(shown(later));
      }
    }),
    { numRuns: process.env['CI'] ? 250 : 100 },
  );
}, 120_000);
