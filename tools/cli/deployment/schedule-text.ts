import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Schedule } from '@tributary/contract/nouns/schedule';
import { scheduleText } from '@tributary/contract/schedule-text';

/** `0 0 * * * Europe/Berlin; every 15m (off)`, and whether all of it is paused. */
export function schedulesText({ schedules, paused }: Pick<Deployment, 'schedules' | 'paused'>): string {
  const texts = schedules.map(({ active, schedule }) => `${scheduleText(withoutAnchor(schedule))}${active ? '' : ' (off)'}`);
  return `${texts.join('; ') || '-'}${paused ? ' (paused)' : ''}`;
}

/** Servers add the moment of creation, which few want to know. */
function withoutAnchor(schedule: Schedule): Schedule {
  return 'interval' in schedule ? { ...schedule, anchor_date: null } : schedule;
}
