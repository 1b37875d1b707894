import type { FlowRunId } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type Example, openExample } from '../test-support/example-store.ts';
import { passTime, stopClock, turnEnded } from '../test-support/service-clock.ts';
import type { Service } from './loop.ts';
import { startScheduler } from './scheduler.ts';

let example: Example;
let service: Service | undefined;
beforeEach(async () => {
  stopClock();
  example = await openExample();
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  example.close();
  vi.useRealTimers();
});

const start = async (): Promise<void> => {
  service = startScheduler({ write: example.store.write, intervalMs: 5000, allMs: 60_000, log: (line) => example.lines.push(line) });
  await turnEnded();
};
const runsOf = (deployment: string): FlowRun[] =>
  example.store.database
    .all<{ id: FlowRunId }>('SELECT id FROM flow_runs WHERE deployment_id = ? ORDER BY next_scheduled_start_time', deployment)
    .map(({ id }) => example.read(id));
const daily = { schedule: { cron: '0 6 * * *', timezone: 'Europe/Berlin' }, slug: 'cron-1' };

describe('the scheduler', () => {
  it('creates the next runs, with their origin', async () => {
    const deployment = await example.deployment({
      schedules: [{ ...daily, parameters: { mode: 'full' } }],
      parameters: { mode: 'delta', limit: 3 },
      tags: ['sales'],
    });
    await start();
    expect(runsOf(deployment)).toHaveLength(3);
    const [run] = runsOf(deployment);
    expect(run).toMatchObject({
      state_name: 'Scheduled',
      auto_scheduled: true,
      parameters: { mode: 'full', limit: 3 },
      tags: ['sales', 'auto-scheduled'],
      created_by: { type: 'SCHEDULE', display_value: 'cron-1' },
    });
    const { id } = example.store.database.get<{ id: string }>('SELECT id FROM schedules') ?? {};
    const day = run?.next_scheduled_start_time;
    expect(run?.idempotency_key).toBe(`scheduled ${deployment} ${id} ${day?.slice(0, 10)} ${day?.slice(11, 19)}+00:00`);
    expect(run?.labels).toMatchObject({ 'prefect.flow.id': example.flow, 'prefect.deployment.id': deployment });
  });

  it('creates runs of intervals and RRULEs as well, and names the kind of a schedule without a slug', async () => {
    const anchor_date = '2026-01-01T00:30:00Z';
    const deployment = await example.deployment({
      schedules: [
        { schedule: { interval: 86_400, anchor_date, timezone: 'Europe/Berlin' }, max_scheduled_runs: 2 },
        { schedule: { rrule: 'FREQ=DAILY;BYHOUR=7', timezone: 'Europe/Berlin' }, parameters: { mode: 'full' } },
      ],
    });
    await start();
    expect(runsOf(deployment)).toHaveLength(5);
    const kinds = Object.groupBy(runsOf(deployment), (run) => run.created_by?.display_value ?? '');
    expect(kinds['IntervalSchedule']).toHaveLength(2);
    expect(kinds['RRuleSchedule']?.map(({ parameters }) => parameters)).toEqual([1, 2, 3].map(() => ({ mode: 'full' })));
  });

  it("doesn't create a run twice: not after its own restart, and not after the run has ended", async () => {
    const deployment = await example.deployment({ schedules: [daily] });
    await start();
    expect(runsOf(deployment)).toHaveLength(3);
    await service?.stop();
    const before = runsOf(deployment).map(({ id }) => id);
    const [first] = before;
    if (first) await example.propose(first, 'CANCELLED');
    await start();
    await passTime(120_000);
    expect(
      runsOf(deployment)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(before.toSorted());
  });

  it('handles several schedules of a deployment independently', async () => {
    const deployment = await example.deployment({
      schedules: [daily, { schedule: { cron: '0 0 13 * 5', day_or: false } }, { schedule: { cron: '0 * * * *' }, max_scheduled_runs: 1 }],
    });
    await start();
    expect(runsOf(deployment).length).toBeGreaterThanOrEqual(4);
    const by = Object.groupBy(runsOf(deployment), (run) =>
      run.created_by?.display_value === 'cron-1' ? 'daily' : run.next_scheduled_start_time?.slice(8, 10) === '13' ? 'friday 13' : 'hourly',
    );
    expect(by.daily).toHaveLength(3);
    expect(by.hourly).toHaveLength(1);
  });

  it("doesn't create runs for paused deployments and inactive schedules", async () => {
    const paused = await example.deployment({ name: 'paused', paused: true, schedules: [daily] });
    const inactive = await example.deployment({ name: 'inactive', schedules: [{ ...daily, active: false }] });
    const active = await example.deployment({ name: 'active', schedules: [daily] });
    await start();
    expect(runsOf(active)).toHaveLength(3);
    expect([...runsOf(paused), ...runsOf(inactive)]).toEqual([]);
  });

  it('schedules a new deployment at its next turn, and immediately when woken', async () => {
    await start();
    const first = await example.deployment({ name: 'first', schedules: [daily] });
    expect(runsOf(first)).toEqual([]);
    await passTime(5000);
    expect(runsOf(first)).toHaveLength(3);
    const second = await example.deployment({ name: 'second', schedules: [daily] });
    service?.wake();
    await turnEnded();
    expect(runsOf(second)).toHaveLength(3);
  });

  it('creates further runs in time, also those due before the next turn over all deployments', async () => {
    const begin = Date.parse('2026-03-02T10:00:00Z');
    vi.setSystemTime(begin);
    const deployment = await example.deployment({
      schedules: [
        { schedule: { interval: 0.5, anchor_date: '2026-01-01T00:00:00Z' }, slug: 'often' },
        { schedule: { cron: '* * * * *' }, max_scheduled_runs: 1, slug: 'alone' },
      ],
    });
    await start();
    const clocks = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(14, 21);
    const times = (slug: string): (string | undefined)[] =>
      runsOf(deployment)
        .filter((run) => run.created_by?.display_value === slug)
        .map((run) => run.expected_start_time?.slice(14, 21));
    while (Date.now() < begin + 180_000) {
      const nextMinute = Math.floor(Date.now() / 60_000) * 60_000 + 60_000;
      expect(times('often')).toContain(clocks(Date.now() + 40_000));
      expect(times('alone')).toContain(clocks(nextMinute));
      await passTime(40_000, 5000);
    }
    const often = times('often');
    expect(often).toEqual(often.map((_, index) => clocks(begin + 500 + index * 500)));
    expect(times('alone').slice(0, 3)).toEqual(['01:00.0', '02:00.0', '03:00.0']);
  });

  it('names a broken schedule, and creates the runs of all others', async () => {
    const deployment = await example.deployment({ schedules: [{ schedule: { cron: 'broken' } }, daily] });
    await start();
    expect(runsOf(deployment)).toHaveLength(3);
    expect(example.lines[0]).toMatch(/^Schedule "broken" of deployment "nightly" can't be planned: /);
  });
});
