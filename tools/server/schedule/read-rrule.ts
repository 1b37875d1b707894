/** What an RRULE schedule says, its times as local as they were written: milliseconds as UTC's clocks would have them. */
export interface Recurrence {
  readonly start: number;
  /** each `FREQ=…;…` in capitals, without its UNTIL */
  readonly rules: readonly { readonly text: string; readonly until: number | null }[];
  readonly added: readonly number[];
  readonly left: readonly number[];
}

/** What a rule without DTSTART counts from, as Prefect has it. */
export const defaultStart = '20200101T000000';

const weekday = /^[+-]?\d{0,2}(MO|TU|WE|TH|FR|SA|SU)$/;
const number = (from: number, to: number) => (text: string) => /^[+-]?\d+$/.test(text) && Number(text) >= from && Number(text) <= to;
const signed = (to: number) => (text: string) => number(-to, to)(text) && Number(text) !== 0;

/** The parts of a rule, and what each item of their lists may be. */
const parts: Readonly<Partial<Record<string, (item: string) => boolean>>> = {
  FREQ: (text) => /^(SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)$/.test(text),
  INTERVAL: number(1, 1e6),
  COUNT: number(0, 1e6),
  UNTIL: (text) => readTime(text) !== undefined,
  WKST: (text) => /^(MO|TU|WE|TH|FR|SA|SU)$/.test(text),
  BYSECOND: number(0, 59),
  BYMINUTE: number(0, 59),
  BYHOUR: number(0, 23),
  BYDAY: (text) => weekday.test(text),
  BYMONTHDAY: signed(31),
  BYYEARDAY: signed(366),
  BYWEEKNO: signed(53),
  BYMONTH: number(1, 12),
  BYSETPOS: signed(366),
};

/** Reads lines such as `DTSTART:…`, `RRULE:FREQ=…`, `EXDATE:…`. Timezones in them don't count: the schedule's own does. @throws a sentence */
export function readRrule(text: string): Recurrence {
  const lines = text
    .trim()
    .toUpperCase()
    .split(/\s+/)
    .map((line) => (line.includes(':') ? line : `RRULE:${line}`));
  let [start, aware] = [readTime(defaultStart) ?? 0, false];
  for (const line of lines.filter((other) => nameOf(other) === 'DTSTART')) {
    start = times(line)[0] ?? start;
    aware = line.endsWith('Z') || line.includes('TZID=');
  }
  const read: { rules: Recurrence['rules'][number][]; added: number[]; left: number[] } = { rules: [], added: [], left: [] };
  for (const line of lines) {
    const name = nameOf(line);
    if (name === 'RRULE') read.rules.push(readRule(line.slice(line.indexOf(':') + 1), aware));
    else if (name === 'RDATE') read.added.push(...times(line));
    else if (name === 'EXDATE') read.left.push(...times(line));
    else if (name !== 'DTSTART') throw new TypeError(`${name} is not known here: use RRULE, RDATE, EXDATE and DTSTART`);
  }
  if (read.rules.length + read.added.length === 0) throw new TypeError('it has no rule, such as FREQ=DAILY');
  return { start, ...read };
}

function nameOf(line: string): string {
  return line.split(/[:;]/, 1)[0] ?? '';
}

function readRule(text: string, aware: boolean): Recurrence['rules'][number] {
  const given = text.split(';').map((part) => part.split('=', 2));
  for (const [name = '', value = ''] of given) {
    const fits = parts[name];
    if (!fits) throw new TypeError(`${name} is no part of a rule`);
    const wrong = value.split(',').find((item) => !fits(item));
    if (wrong !== undefined) throw new TypeError(`${name} can't be "${wrong}"`);
  }
  const found = new Map(given.map(([name = '', value = '']) => [name, value]));
  if (!found.has('FREQ')) throw new TypeError('it has no FREQ, such as FREQ=DAILY');
  const until = found.get('UNTIL');
  if (until !== undefined && until.endsWith('Z') !== aware)
    throw new TypeError(`UNTIL has to end ${aware ? 'with a Z, as DTSTART has a timezone' : 'without Z, as DTSTART has no timezone'}`);
  found.delete('UNTIL');
  // A week by its number means all its days.
  if (found.has('BYWEEKNO') && !found.has('BYDAY')) found.set('BYDAY', 'MO,TU,WE,TH,FR,SA,SU');
  return {
    text: Array.from(found, ([name, value]) => `${name}=${value}`).join(';'),
    until: until === undefined ? null : (readTime(until) ?? null),
  };
}

function times(line: string): number[] {
  return line
    .slice(line.indexOf(':') + 1)
    .split(',')
    .map((text) => {
      const time = readTime(text);
      if (time === undefined) throw new TypeError(`"${text}" is no time such as 20260131T080000`);
      return time;
    });
}

function readTime(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?$/.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map((field) => field ?? '00');
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}
