import type { ScheduleId } from '@tributary/contract';
import { readTimestamp } from '@tributary/contract/moment';
import { type DeploymentSchedule, deploymentSchedule } from '@tributary/contract/nouns/schedule';
import { type AppliedSchedule, applyRoutes } from '@tributary/contract/routes/apply';
import { describe, expect, it } from 'vitest';

import { matchSchedules } from './match-schedules.ts';

const now = readTimestamp('2026-03-02T10:00:00Z') ?? expect.fail('a moment');
const ids = ['a', 'b', 'c'].map((letter) => deploymentSchedule.shape.id.parse(`${letter.repeat(8)}-0000-4000-8000-000000000000`));

/** Live schedules, with the ids of `ids` in order. */
function live(...given: readonly object[]): DeploymentSchedule[] {
  return given.map((one, index) => deploymentSchedule.parse({ id: ids[index], active: true, parameters: {}, slug: null, ...one }));
}

/** Schedules as a request has them. */
function wanted(...schedules: readonly object[]): AppliedSchedule[] {
  const put = { change: 'put', flow: 'f', seen: null, deployment: { name: 'd', schedules } };
  const [change] = applyRoutes.applyDeployments.body.parse({ changes: [put] }).changes;
  return (change?.change === 'put' && change.deployment.schedules) || [];
}

/** What happens to each live schedule, by its position, and how many are added. */
function outcome(known: DeploymentSchedule[], given: AppliedSchedule[] | undefined): string[] {
  const { stay, added, removed } = matchSchedules(known, given, now);
  const words = new Map<ScheduleId, string>(removed.map((id) => [id, 'removed']));
  for (const one of stay) words.set(one.id, one.retimed ? 'retimed' : one.changed ? 'changed' : 'same');
  return [...known.map(({ id }) => words.get(id) ?? 'lost'), ...added.map(() => 'added')];
}

const six = { cron: '0 6 * * *', timezone: 'Europe/Berlin' };
const seven = { cron: '0 7 * * *', timezone: 'Europe/Berlin' };
const anchored = { interval: 3600, anchor_date: '2026-01-01T00:00:00.000000Z', timezone: 'UTC' };

describe('matching schedules', () => {
  it.each<[string, object[], object[] | undefined, string[]]>([
    ['keeps all if none are given', [{ schedule: six, slug: 'x' }, { schedule: seven }], undefined, ['same', 'same']],
    ['removes all if the list is empty', [{ schedule: six, slug: 'x' }, { schedule: seven }], [], ['removed', 'removed']],
    ['matches by slug', [{ schedule: six, slug: 'x' }], [{ schedule: seven, slug: 'x' }], ['retimed']],
    ['matches by timing', [{ schedule: six }, { schedule: seven }], [{ schedule: seven }, { schedule: six }], ['same', 'same']],
    [
      'prefers the slug',
      [
        { schedule: six, slug: 'x' },
        { schedule: seven, slug: 'y' },
      ],
      [{ schedule: seven, slug: 'x' }],
      ['retimed', 'removed'],
    ],
    ['renames by timing', [{ schedule: six, slug: 'x' }], [{ schedule: six, slug: 'y' }], ['changed']],
    [
      'exchanges slugs as times',
      [
        { schedule: six, slug: 'x' },
        { schedule: seven, slug: 'y' },
      ],
      [
        { schedule: six, slug: 'y' },
        { schedule: seven, slug: 'x' },
      ],
      ['retimed', 'retimed'],
    ],
    ['matches each live schedule once', [{ schedule: six }], [{ schedule: six }, { schedule: six }], ['same', 'added']],
    ['adds and removes', [{ schedule: six }], [{ schedule: seven }], ['removed', 'added']],
    ['keeps the anchor of an interval', [{ schedule: anchored }], [{ schedule: { interval: 3600 } }], ['same']],
    [
      'takes another anchor',
      [{ schedule: anchored, slug: 'x' }],
      [{ schedule: { ...anchored, anchor_date: '2026-01-01T00:30:00Z' }, slug: 'x' }],
      ['retimed'],
    ],
    [
      'keeps the start of an RRULE',
      [{ schedule: { rrule: 'DTSTART:20200101T000000\nFREQ=DAILY', timezone: 'UTC' } }],
      [{ schedule: { rrule: 'FREQ=DAILY' } }],
      ['same'],
    ],
    [
      'takes no timezone for UTC',
      [{ schedule: { cron: '@daily', timezone: null } }],
      [{ schedule: { cron: '@daily', timezone: 'UTC' } }],
      ['same'],
    ],
    ['leaves a paused one paused', [{ schedule: six, active: false }], [{ schedule: six }], ['same']],
    ['wakes a paused one if the code says so', [{ schedule: six, active: false }], [{ schedule: six, active: true }], ['retimed']],
    ['changes parameters without other times', [{ schedule: six }], [{ schedule: six, parameters: { n: 1 } }], ['changed']],
    ['changes the number of runs', [{ schedule: six }], [{ schedule: six, max_scheduled_runs: 2 }], ['retimed']],
  ])('%s', (_, before, after, expected) => {
    expect(outcome(live(...before), after && wanted(...after))).toEqual(expected);
  });

  it('completes what is added', () => {
    expect(matchSchedules([], wanted({ schedule: { interval: 60 }, slug: '' }), now).added).toEqual([
      { active: true, schedule: { interval: 60, anchor_date: now, timezone: 'UTC' }, parameters: {}, slug: null },
    ]);
  });
});
