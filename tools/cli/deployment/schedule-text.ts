import type { Deployment } from '@tributary/contract/nouns/deployment';

/** `0 0 * * * Europe/Berlin; …`, and whether it is paused. */
export function scheduleText({ schedules, paused }: Pick<Deployment, 'schedules' | 'paused'>): string {
  const texts = schedules.map(
    ({ active, schedule }) =>
      `${schedule.cron}${schedule.timezone && schedule.timezone !== 'UTC' ? ` ${schedule.timezone}` : ''}${active ? '' : ' (off)'}`,
  );
  return `${texts.join('; ') || '-'}${paused ? ' (paused)' : ''}`;
}
