import { invalidSchedule } from './check-cron.ts';

const frequencies = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'];
const moment = /^\d{8}(T\d{6}Z?)?$/;
const weekday = /^([+-]?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU)$/;
/** The most characters that a server takes. */
const longest = 6500;

type Check = (value: string) => boolean;
const list =
  (check: Check): Check =>
  (value) =>
    value.split(',').every(check);
const between =
  (least: number, most: number, signed = false): Check =>
  (value) => {
    const number = Number(signed ? value.replace(/^-/, '') : value);
    return /^[+-]?\d+$/.test(value) && number >= least && number <= most;
  };

/** What each part of a rule may be. */
const parts: Readonly<Record<string, Check>> = {
  FREQ: (value) => frequencies.includes(value),
  INTERVAL: between(1, Infinity),
  COUNT: between(1, Infinity),
  UNTIL: (value) => moment.test(value),
  WKST: (value) => /^(MO|TU|WE|TH|FR|SA|SU)$/.test(value),
  BYDAY: list((value) => weekday.test(value)),
  BYMONTH: list(between(1, 12)),
  BYMONTHDAY: list(between(1, 31, true)),
  BYYEARDAY: list(between(1, 366, true)),
  BYWEEKNO: list(between(1, 53, true)),
  BYHOUR: list(between(0, 23)),
  BYMINUTE: list(between(0, 59)),
  BYSECOND: list(between(0, 59)),
  BYSETPOS: list(between(1, 366, true)),
};

/** @throws `invalid_schedule` naming the deployment and the part of the rule that is wrong */
export function checkRrule(deployment: string, rrule: string): string {
  const refuse = (problem: string, advice: string): never => {
    throw invalidSchedule(deployment, `its rrule ${JSON.stringify(rrule)} ${problem}`, advice);
  };
  if (typeof rrule !== 'string' || rrule.trim() === '')
    return refuse('is no rule', 'Write one as RFC 5545 has it: "FREQ=WEEKLY;BYDAY=MO".');
  if (rrule.length > longest) return refuse(`has ${rrule.length} characters`, `A server takes at most ${longest}.`);
  const lines = rrule
    .trim()
    .split(/\s+/)
    .map((line) => line.toUpperCase());
  const rules = lines.flatMap((line) => {
    const [name, value] = line.includes(':') ? [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] : ['RRULE', line];
    if (name === 'RRULE' || name === 'EXRULE') return [value];
    if (!/^(DTSTART|RDATE|EXDATE)(;|$)/.test(name))
      return refuse(`has a line ${name}`, 'It may have DTSTART, RRULE, EXRULE, RDATE and EXDATE.');
    if (!list((one) => moment.test(one))(value)) return refuse(`has ${name}:${value}`, 'Write a moment as 20260131T060000.');
    return [];
  });
  if (rules.length === 0 && !lines.some((line) => line.startsWith('RDATE'))) return refuse('has no rule', 'Add one: "RRULE:FREQ=DAILY".');
  for (const rule of rules) {
    const given = rule.split(';').map((part) => part.split('='));
    for (const [name = '', value = ''] of given) {
      const check = parts[name];
      if (!check) return refuse(`has a part ${name || '(empty)'}`, `The parts of a rule are ${Object.keys(parts).join(', ')}.`);
      if (!check(value))
        return refuse(`has ${name}=${value}`, name === 'FREQ' ? `Give one of ${frequencies.join(', ')}.` : 'That is not valid there.');
    }
    if (!given.some(([name]) => name === 'FREQ')) return refuse('has no FREQ', `Give one of ${frequencies.join(', ')}.`);
    if (new Set(given.map(([name]) => name)).size < given.length) return refuse('has a part twice', 'Write each part once.');
  }
  return rrule;
}
