import { longestRrule } from '../nouns/schedule.ts';
import { invalid } from './invalid.ts';
import { checkRrulePart } from './rrule-part.ts';
import { readRruleTime } from './rrule-time.ts';
import { isTimezone } from './timezone.ts';

/**
 * The content of an RRULE schedule. Each local time is a number: the milliseconds of the moment at which a clock in UTC shows that time.
 */
export interface Recurrence {
  readonly start: number;
  readonly rules: readonly Rule[];
  /** RDATE */
  readonly dates: readonly number[];
  /** EXRULE: its times are removed from those of `rules` and `dates` */
  readonly excludedRules: readonly Rule[];
  /** EXDATE */
  readonly excludedDates: readonly number[];
}

export interface Rule {
  /** `FREQ=…;…` in capitals, without its UNTIL */
  readonly text: string;
  /** the last local time at which the rule may be due; null without UNTIL */
  readonly until: number | null;
}

/** The start of a rule without DTSTART, as on a Prefect server. */
export const defaultStart = '20200101T000000';

/**
 * Reads an RRULE schedule: a rule such as `FREQ=WEEKLY;BYDAY=MO`, or lines of DTSTART, RRULE, RDATE, EXRULE and EXDATE. Timezones in the
 * text are ignored, because the schedule has a timezone of its own. PROTOCOL.md lists what Prefect 3.8.8 accepts and this function refuses.
 * @throws `invalid_schedule` with the reason
 */
export function readRrule(text: string): Recurrence {
  if (text.length > longestRrule) throw invalid(`it has ${text.length} characters. A server takes at most ${longestRrule}.`);
  const lines = text
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map((line) => readLine(line));
  const of = (name: LineName): Line[] => lines.filter((line) => line.name === name);
  const dtstart = of('DTSTART').at(-1);
  const isAware = dtstart !== undefined && (dtstart.value.endsWith('Z') || dtstart.zone !== undefined);
  const recurrence = {
    start: readRruleTime(dtstart?.value ?? defaultStart) ?? 0,
    rules: of('RRULE').map(({ value }) => readRule(value, isAware)),
    dates: of('RDATE').flatMap(timesOf),
    excludedRules: of('EXRULE').map(({ value }) => readRule(value, isAware)),
    excludedDates: of('EXDATE').flatMap(timesOf),
  };
  if (recurrence.rules.length + recurrence.dates.length === 0) throw invalid('it has no rule, such as FREQ=DAILY.');
  return recurrence;
}

const lineNames = ['DTSTART', 'RRULE', 'RDATE', 'EXRULE', 'EXDATE'] as const;
type LineName = (typeof lineNames)[number];

interface Line {
  readonly name: LineName;
  readonly zone?: string | undefined;
  readonly value: string;
}

/** The parameters that a line may have before its value. */
const parameters: Readonly<Record<LineName, RegExp>> = {
  DTSTART: /^(;VALUE=DATE(-TIME)?)?(;TZID=[^;]+)?$/,
  RRULE: /^$/,
  RDATE: /^(;VALUE=DATE-TIME)?$/,
  EXRULE: /^$/,
  EXDATE: /^(;VALUE=DATE(-TIME)?)?(;TZID=[^;]+)?$/,
};

function readLine(text: string): Line {
  const [, head = 'RRULE', value = ''] = /^(?:([^:]*):)?(.*)$/.exec(text) ?? [];
  const [, given = '', rest = ''] = /^([^;]*)(.*)$/.exec(head) ?? [];
  const name = lineNames.find((known) => known === given.toUpperCase());
  if (!name) throw invalid(`"${given}" isn't a line of an RRULE. Use ${lineNames.join(', ')}.`);
  if (!parameters[name].test(rest.toUpperCase())) throw invalid(`its line ${name} can't have "${rest}". Remove that part.`);
  const zone = /;TZID=(.*)$/i.exec(rest)?.[1];
  if (zone !== undefined && !isTimezone(zone)) throw invalid(`its line ${name} names the unknown timezone "${zone}".`);
  const line = { name, zone, value: value.toUpperCase() };
  if (name === 'RRULE' || name === 'EXRULE') return line;
  const wrong = line.value.split(',').find((item) => readRruleTime(item) === undefined);
  if (wrong !== undefined) throw invalid(`${name} can't be "${wrong}". Use a time such as 20260131T060000.`);
  if (name === 'DTSTART' && line.value.includes(',')) throw invalid('DTSTART has more than one time. Use one.');
  if (zone !== undefined && line.value.includes('Z')) throw invalid(`its line ${name} has both TZID and a time with Z. Use one of them.`);
  return line;
}

function timesOf({ value }: Line): number[] {
  return value.split(',').flatMap((item) => readRruleTime(item) ?? []);
}

/**
 * @param isAware whether DTSTART has a timezone. If so, UNTIL must end with Z; if not, UNTIL must not end with Z. For a rule
 * that breaks this, a Prefect server plans no runs
 */
function readRule(text: string, isAware: boolean): Rule {
  const found = new Map<string, string>();
  for (const part of text.split(';')) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/.exec(part) ?? [];
    checkRrulePart(name, value);
    if (found.has(name)) throw invalid(`it has ${name} twice in one rule. Use it once.`);
    found.set(name, value);
  }
  const frequency = found.get('FREQ');
  if (frequency === undefined) throw invalid(`the rule "${text}" has no FREQ, such as FREQ=DAILY.`);
  const until = found.get('UNTIL');
  if (until !== undefined && until.endsWith('Z') !== isAware)
    throw invalid(`UNTIL must end ${isAware ? 'with Z, as DTSTART has a timezone' : 'without Z, as DTSTART has no timezone'}.`);
  found.delete('UNTIL');
  checkTogether(found, frequency);
  // The number in 2MO has a meaning with FREQ=MONTHLY and FREQ=YEARLY only. With others, a Prefect server ignores it.
  const days = found.get('BYDAY');
  if (days !== undefined && !/^(MONTHLY|YEARLY)$/.test(frequency)) found.set('BYDAY', days.replaceAll(/[+\-\d]/g, ''));
  // A week number without BYDAY means all days of that week.
  if (found.has('BYWEEKNO') && days === undefined) found.set('BYDAY', 'MO,TU,WE,TH,FR,SA,SU');
  return {
    text: Array.from(found, ([name, value]) => `${name}=${value}`).join(';'),
    until: until === undefined ? null : (readRruleTime(until) ?? null),
  };
}

/**
 * Refuses combinations of parts that RFC 5545 forbids. With such a rule, the library that finds the times would miscount, or never stop
 * searching.
 */
function checkTogether(parts: ReadonlyMap<string, string>, frequency: string): void {
  if (parts.has('BYWEEKNO') && frequency !== 'YEARLY') throw invalid('BYWEEKNO needs FREQ=YEARLY.');
  if (parts.has('BYWEEKNO') && /\d/.test(parts.get('BYDAY') ?? '')) throw invalid("BYDAY can't have numbers in a rule with BYWEEKNO.");
  if (parts.has('BYYEARDAY') && /^(DAILY|WEEKLY|MONTHLY)$/.test(frequency))
    throw invalid(`BYYEARDAY can't be used with FREQ=${frequency}.`);
}
