import { readTimestamp } from '@tributary/contract/moment';
import type { Schedule } from '@tributary/contract/nouns/schedule';

import { nextRuns } from '../../../tools/server/schedule/next-runs.ts';
import type { Talk } from '../talk/talk.ts';
import type { Script } from './script.ts';

const timezone = 'Europe/Berlin';
const rrule = 'DTSTART:20260101T023000\nRRULE:FREQ=DAILY;BYHOUR=2,14';
const kinds: Readonly<Record<string, Schedule>> = {
  'cron of one hour': cron('0 6 * * *'),
  'cron of several hours': cron('30 2,14 * * *'),
  'cron of every second hour': cron('0 */2 * * *'),
  'cron of half hours': cron('0,30 1-3 * * *'),
  'cron of every hour': cron('0 * * * *'),
  'rrule of several hours': { rrule, timezone },
};
const seconds = 8 * 3600;
/** The midnights before the clocks change. */
const nights = { autumn: readTimestamp('2026-10-24T22:00:00Z'), spring: readTimestamp('2027-03-27T23:00:00Z') };

/**
 * Compares the times of schedules in the nights in which the clocks change. By themselves, servers plan at most 100 days ahead, which
 * seldom includes such a night. So the script asks the Prefect server to plan the night, and calls our server's planning function.
 */
export const clockChanges: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  for (const [name, schedule] of Object.entries(kinds)) {
    const body = { flow_id: flow.text('id'), name: talk.name(name), schedules: [{ schedule, active: true }] };
    const deployment = await talk.post(name, '/deployments/', body);
    for (const [season, night] of Object.entries(nights)) {
      if (!night) continue;
      const times =
        talk.side === 'theirs'
          ? await theirs(talk, deployment.text('id'), night)
          : nextRuns(schedule, night, { atLeast: { runs: 0, seconds }, atMost: { runs: 100, seconds } });
      talk.note(`${name} in ${season}`, times.map((time) => time.slice(11, 16)).join(' '));
    }
  }
};

function cron(fields: string): Schedule {
  return { cron: fields, timezone, day_or: true };
}

async function theirs(talk: Talk, id: string, start: string): Promise<string[]> {
  const end = new Date(Date.parse(start) + seconds * 1000).toISOString();
  const span = {
    start_time: new Date(Date.parse(start) + 1000).toISOString(),
    end_time: end,
    min_time: seconds,
    min_runs: 1,
    max_runs: 100,
  };
  await talk.aside({ method: 'POST', path: `/deployments/${id}/schedule`, body: span });
  const flow_runs = { deployment_id: { any_: [id] }, expected_start_time: { after_: start, before_: end } };
  const runs = await talk.aside({ method: 'POST', path: '/flow_runs/filter', body: { flow_runs, sort: 'EXPECTED_START_TIME_ASC' } });
  if (!Array.isArray(runs.body)) return [];
  return runs.body.map((_, index) => readTimestamp(runs.text(index, 'expected_start_time')) ?? '').filter((time) => time > start);
}
