import { readTimestamp } from './moment.ts';
import type { ScheduleCreateInput } from './nouns/schedule.ts';

type Schedule = ScheduleCreateInput['schedule'];

/** Prints a schedule: `0 5 * * * Europe/Berlin`, `every 15m from 2026-01-01T05:00:00Z`, `FREQ=WEEKLY;BYDAY=MO`. UTC is left out. */
export function scheduleText(schedule: Schedule): string {
  const { timezone } = schedule;
  const isUtc = !timezone || timezone === 'UTC' || timezone === 'Etc/UTC';
  return isUtc ? ruleText(schedule) : `${ruleText(schedule)} ${timezone}`;
}

function ruleText(schedule: Schedule): string {
  if ('cron' in schedule) return `${schedule.cron}${schedule.day_or === false ? ' (day and weekday)' : ''}`;
  if ('rrule' in schedule)
    return schedule.rrule
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/^(DTSTART\S* )?RRULE:/i, '$1');
  const { interval, anchor_date: anchor } = schedule;
  return `every ${spanText(interval)}${anchor ? ` from ${(readTimestamp(anchor) ?? anchor).replace(/\.0+Z$/, 'Z')}` : ''}`;
}

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** Prints seconds in the largest unit that gives a whole number: `90s`, `15m`, `1d`. */
function spanText(seconds: number): string {
  const unit = units.find(([, size]) => seconds % size === 0);
  return unit ? `${seconds / unit[1]}${unit[0]}` : `${seconds}s`;
}
