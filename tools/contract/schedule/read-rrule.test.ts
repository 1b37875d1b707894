import { expect, it } from 'vitest';

import { readRrule } from './read-rrule.ts';

const time = (text: string): number => Date.parse(`${text}Z`);
const nothing = { start: time('2020-01-01T00:00:00'), rules: [], dates: [], excludedRules: [], excludedDates: [] };

it.each<[rrule: string, read: Partial<ReturnType<typeof readRrule>>]>([
  ['FREQ=DAILY', { rules: [{ text: 'FREQ=DAILY', until: null }] }],
  ['rrule:freq=daily;count=2', { rules: [{ text: 'FREQ=DAILY;COUNT=2', until: null }] }],
  ['FREQ=DAILY;UNTIL=20260131', { rules: [{ text: 'FREQ=DAILY', until: time('2026-01-31T00:00:00') }] }],
  [
    'DTSTART;TZID=Europe/Berlin:20260101T060000\nRRULE:FREQ=DAILY;UNTIL=20260131T060000Z',
    { start: time('2026-01-01T06:00:00'), rules: [{ text: 'FREQ=DAILY', until: time('2026-01-31T06:00:00') }] },
  ],
  ['RDATE:20260101T060000,20260301T060000Z', { dates: [time('2026-01-01T06:00:00'), time('2026-03-01T06:00:00')] }],
  [
    'RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY;BYDAY=2MO\nEXRULE:FREQ=MONTHLY;BYDAY=-1FR\nEXDATE;VALUE=DATE:20260105',
    {
      rules: [
        { text: 'FREQ=DAILY', until: null },
        { text: 'FREQ=WEEKLY;BYDAY=MO', until: null },
      ],
      excludedRules: [{ text: 'FREQ=MONTHLY;BYDAY=-1FR', until: null }],
      excludedDates: [time('2026-01-05T00:00:00')],
    },
  ],
])('reads %j', (rrule, read) => {
  expect(readRrule(rrule)).toEqual({ ...nothing, ...read });
});

it.each([
  ['', 'it has no rule, such as FREQ=DAILY.'],
  ['DTSTART:20260101T000000', 'it has no rule'],
  ['EXRULE:FREQ=DAILY', 'it has no rule'],
  ['every friday', '"EVERY" isn\'t a part of a rule. Use FREQ, INTERVAL, COUNT,'],
  ['FREQ=DAILY;', '"" isn\'t a part of a rule.'],
  ['BYDAY=MO', 'the rule "BYDAY=MO" has no FREQ, such as FREQ=DAILY.'],
  ['FREQ=FORTNIGHTLY', 'FREQ can\'t be "FORTNIGHTLY". Use SECONDLY, MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY.'],
  ['FREQ=DAILY;BYHOUR=6,24', 'BYHOUR can\'t be "24". Use 0 to 23.'],
  ['FREQ=DAILY;INTERVAL=0', 'INTERVAL can\'t be "0".'],
  ['FREQ=DAILY;COUNT=0', 'COUNT can\'t be "0".'],
  [
    'FREQ=MONTHLY;BYDAY=0MO',
    'BYDAY can\'t be "0MO". Use MO to SU; a number in front picks one such day of the month: -1FR is the last Friday.',
  ],
  ['FREQ=MONTHLY;BYMONTHDAY=-32', 'BYMONTHDAY can\'t be "-32". Use 1 to 31, or -1 to -31 from the end.'],
  ['FREQ=YEARLY;BYEASTER=0', '"BYEASTER" isn\'t a part of a rule.'],
  ['FREQ=DAILY;FREQ=WEEKLY', 'it has FREQ twice in one rule. Use it once.'],
  ['FREQ=MONTHLY;BYWEEKNO=20', 'BYWEEKNO needs FREQ=YEARLY.'],
  ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=2MO', "BYDAY can't have numbers in a rule with BYWEEKNO."],
  ['FREQ=WEEKLY;BYYEARDAY=100', "BYYEARDAY can't be used with FREQ=WEEKLY."],
  ['DTSTART:tomorrow\nRRULE:FREQ=DAILY', 'DTSTART can\'t be "TOMORROW". Use a time such as 20260131T060000.'],
  ['DTSTART:20260230T000000\nRRULE:FREQ=DAILY', 'DTSTART can\'t be "20260230T000000".'],
  ['DTSTART:20260101T000000,20260102T000000\nRRULE:FREQ=DAILY', 'DTSTART has more than one time. Use one.'],
  ['DTSTART;TZID=Mars/Base:20260101T000000\nRRULE:FREQ=DAILY', 'its line DTSTART names the unknown timezone "Mars/Base".'],
  ['EXDATE;TZID=Europe/Berlin:20260101T000000Z\nRRULE:FREQ=DAILY', 'its line EXDATE has both TZID and a time with Z. Use one of them.'],
  ['RDATE;TZID=Europe/Berlin:20260101T000000', 'its line RDATE can\'t have ";TZID=Europe/Berlin". Remove that part.'],
  ['SUMMARY:Lunch\nRRULE:FREQ=DAILY', '"SUMMARY" isn\'t a line of an RRULE. Use DTSTART, RRULE, RDATE, EXRULE, EXDATE.'],
  ['FREQ=DAILY;UNTIL=20300101T000000Z', 'UNTIL must end without Z, as DTSTART has no timezone.'],
  ['DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;UNTIL=20300101T000000', 'UNTIL must end with Z, as DTSTART has a timezone.'],
  [`FREQ=DAILY;BYHOUR=${'1,'.repeat(4000)}1`, 'it has 8019 characters. A server takes at most 6500.'],
])('refuses %j with the reason', (rrule, reason) => {
  expect(() => readRrule(rrule)).toThrow(expect.objectContaining({ code: 'invalid_schedule', message: expect.stringContaining(reason) }));
});
