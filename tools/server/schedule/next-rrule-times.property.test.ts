import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { toLocal } from './local-time.ts';
import { nextRruleTimes } from './next-rrule-times.ts';

const now = Date.parse('2026-11-27T00:00:00Z');
const day = 86_400_000;

function take(rrule: string, { timezone = 'UTC', until = Infinity, most = 100, after = now - 1 } = {}): number[] {
  const found: number[] = [];
  for (const time of nextRruleTimes({ rrule, timezone }, after)) {
    if (time > until || found.push(time) === most) break;
  }
  return found;
}

/** A local time as RFC 5545 writes it. */
function compact(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '');
}

describe('the times that python-dateutil 2.9.0 finds, the library of a Prefect server', () => {
  // 70 random rules, each with its next 10 times from 2026-11-27 in UTC.
  const page = readFileSync(join(import.meta.dirname, '../test-support/dateutil-times.json'), 'utf8');
  const expected: readonly { readonly rrule: string; readonly times: string }[] = JSON.parse(page);

  it.each(expected)('$rrule', ({ rrule, times }) => {
    const found = take(rrule, { most: 10, until: Date.parse('2040-01-01T00:00:00Z') });
    expect(found.map((time) => new Date(time).toISOString().slice(0, 19)).join(' ')).toBe(times);
  });
});

const hours = fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 4 });
const start = fc.integer({ min: now - 400 * day, max: now + 20 * day }).map((time) => Math.floor(time / 3_600_000) * 3_600_000);
const rules = fc
  .record({
    frequency: fc.constantFrom('HOURLY', 'DAILY', 'WEEKLY'),
    interval: fc.integer({ min: 1, max: 4 }),
    hours: fc.option(hours, { nil: undefined }),
    days: fc.option(fc.uniqueArray(fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'), { minLength: 1 }), { nil: undefined }),
  })
  // An hourly rule with an interval may never meet the hours of its BYHOUR.
  .filter((rule) => rule.frequency !== 'HOURLY' || rule.interval === 1 || rule.hours === undefined)
  .map(
    ({ frequency, interval, hours: at, days }) =>
      `FREQ=${frequency};INTERVAL=${interval}${at ? `;BYHOUR=${at.join(',')}` : ''}${days ? `;BYDAY=${days.join(',')}` : ''}`,
  );

it('excludes the times of EXRULE and EXDATE from those of RRULE and RDATE, and no others', () => {
  const until = now + 60 * day;
  fc.assert(
    fc.property(start, rules, rules, fc.array(start, { maxLength: 4 }), (from, rule, excluded, dates) => {
      const dtstart = `DTSTART:${compact(from)}\n`;
      const added = dates.map((time) => `RDATE:${compact(time)}\n`).join('');
      const all = take(`${dtstart}${added}RRULE:${rule}`, { until, most: Infinity });
      const byRule = new Set(take(`${dtstart}RRULE:${excluded}`, { until, most: Infinity }));
      const byDate = new Set(all.filter((_, index) => index % 7 === 3));
      const rest = all.filter((time) => !byRule.has(time) && !byDate.has(time));
      // A rule whose times are all excluded never fires.
      fc.pre(rest.length > 0);
      const exdates = [...byDate].map((time) => `EXDATE:${compact(time)}\n`).join('');
      const found = take(`${dtstart}${added}${exdates}EXRULE:${excluded}\nRRULE:${rule}`, { until: rest.at(-1) ?? 0, most: rest.length });
      expect(found).toEqual(rest);
    }),
    { numRuns: process.env['CI'] ? 60 : 25 },
  );
});

it('keeps to COUNT and UNTIL, in ascending order', () => {
  fc.assert(
    fc.property(rules, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 60 * day }), (rule, count, span) => {
      const dtstart = `DTSTART:${compact(now)}\nRRULE:${rule}`;
      const all = take(dtstart, { most: 200 });
      expect(all).toEqual([...new Set(all)].toSorted((one, other) => one - other));
      expect(take(`${dtstart};COUNT=${count}`)).toEqual(all.slice(0, count));
      const until = Math.floor((now + span) / 1000) * 1000;
      expect(take(`${dtstart};UNTIL=${compact(until)}`)).toEqual(all.filter((time) => time <= until).slice(0, 100));
    }),
    { numRuns: process.env['CI'] ? 60 : 25 },
  );
});

it('fires once at each local time of the rule, and at no excluded time, when the clocks of its timezone change', () => {
  const changes = fc.constantFrom(
    ['Europe/Berlin', '2026-10-25T01:00Z'],
    ['Europe/Berlin', '2027-03-28T01:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
    ['America/Santiago', '2026-09-06T04:00Z'],
    ['Africa/Cairo', '2026-10-29T21:00Z'],
  );
  fc.assert(
    fc.property(changes, hours, fc.integer({ min: 0, max: 23 }), ([timezone = '', change = ''], at, excluded) => {
      const named = at.filter((hour) => hour !== excluded);
      fc.pre(named.length > 0);
      const noon = Date.parse(change);
      const rrule = `DTSTART:20200101T003000\nRRULE:FREQ=DAILY;BYHOUR=${at.join(',')}\nEXRULE:FREQ=DAILY;BYHOUR=${excluded}`;
      const times = take(rrule, { timezone, after: noon - 2 * day, until: noon + 2 * day });
      expect(times).toEqual([...new Set(times)].toSorted((one, other) => one - other));
      const local = times.map((time) => toLocal(time, timezone));
      expect(new Set(local).size).toBe(local.length);
      // A time that the clocks skip is due an hour or half an hour later.
      const odd = local.filter((time) => new Date(time).getUTCMinutes() !== 30 || !named.includes(new Date(time).getUTCHours()));
      expect(odd.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: process.env['CI'] ? 60 : 25 },
  );
});
