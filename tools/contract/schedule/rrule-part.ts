import { invalid } from './invalid.ts';
import { readRruleTime } from './rrule-time.ts';

interface Part {
  readonly fits: (item: string) => boolean;
  /** what each item may be, for messages */
  readonly values: string;
}

const frequencies = ['SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const weekday = /^(MO|TU|WE|TH|FR|SA|SU)$/;

/** The parts of a rule in RFC 5545, and what each item of their lists may be. */
const parts: Readonly<Partial<Record<string, Part>>> = {
  FREQ: { fits: (item) => frequencies.includes(item), values: frequencies.join(', ') },
  INTERVAL: numbers(1, 999_999_999),
  COUNT: numbers(1, 999_999_999),
  UNTIL: { fits: (item) => readRruleTime(item) !== undefined, values: 'a time such as 20260131T060000' },
  WKST: { fits: (item) => weekday.test(item), values: 'MO to SU' },
  BYSECOND: numbers(0, 59),
  BYMINUTE: numbers(0, 59),
  BYHOUR: numbers(0, 23),
  BYDAY: {
    fits: (item) => weekday.test(item.replace(/^[+-]?[1-9]\d?/, '')),
    values: 'MO to SU; a number in front picks one such day of the month: -1FR is the last Friday',
  },
  BYMONTHDAY: numbersFromEnds(31),
  BYYEARDAY: numbersFromEnds(366),
  BYWEEKNO: numbersFromEnds(53),
  BYMONTH: numbers(1, 12),
  BYSETPOS: numbersFromEnds(366),
};
const single = new Set(['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST']);

/** @throws `invalid_schedule` with the reason if a part of a rule, such as `BYHOUR=6,18`, isn't one of RFC 5545 */
export function checkRrulePart(name: string, value: string): void {
  const part = parts[name];
  if (!part) throw invalid(`"${name}" isn't a part of a rule. Use ${Object.keys(parts).join(', ')}.`);
  const items = single.has(name) ? [value] : value.split(',');
  const wrong = items.find((item) => !part.fits(item));
  if (wrong !== undefined) throw invalid(`${name} can't be "${wrong}". Use ${part.values}.`);
}

function numbers(least: number, most: number): Part {
  return { fits: (item) => /^\+?\d+$/.test(item) && Number(item) >= least && Number(item) <= most, values: `${least} to ${most}` };
}

/** Numbers that count from the first value, or backwards from the last value if they are negative. */
function numbersFromEnds(most: number): Part {
  const { fits } = numbers(1, most);
  return { fits: (item) => fits(item.replace(/^-(?=\d)/, '')), values: `1 to ${most}, or -1 to -${most} from the end` };
}
