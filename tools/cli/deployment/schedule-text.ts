import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Schedule } from '@tributary/contract/nouns/schedule';
import { scheduleText } from '@tributary/contract/schedule-text';

/** Prints a deployment's schedules, such as `0 0 * * * Europe/Berlin; every 15m (off)`, and whether they are all paused. */
export function schedulesText({ schedules, paused }: Pick<Deployment, 'schedules' | 'paused'>): string {
  const texts = schedules.map(({ active, schedule }) => `${scheduleText(withoutAnchor(schedule))}${active ? '' : ' (off)'}`);
  const shown = texts.length > most ? [...texts.slice(0, most - 1), `${texts.length - most + 1} more`] : texts;
  return `${shown.join('; ') || '-'}${paused ? ' (paused)' : ''}`;
}

const most = 4;

/** Drops the anchor or DTSTART, which servers add and few readers want to know. */
function withoutAnchor(schedule: Schedule): Schedule {
  if ('interval' in schedule) return { ...schedule, anchor_date: null };
  if ('rrule' in schedule) return { ...schedule, rrule: schedule.rrule.replace(/^DTSTART\S*\s+/i, '') };
  return schedule;
}
