import type { FlowRunId } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type Example, openExample } from '../test-support/example-store.ts';
import type { Service } from './loop.ts';
import { startScheduler } from './scheduler.ts';

let example: Example;
let service: Service | undefined;
beforeEach(async () => {
  example = await openExample();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await service?.stop();
  service = undefined;
  example.close();
});

const start = (intervalMs = 10, allMs = 60_000): void => {
  service = startScheduler({ write: example.store.write, intervalMs, allMs, log: (line) => example.lines.push(line) });
};
const runsOf = (deployment: string): FlowRun[] =>
  example.store.database
    .all<{ id: FlowRunId }>('SELECT id FROM flow_runs WHERE deployment_id = ? ORDER BY next_scheduled_start_time', deployment)
    .map(({ id }) => example.read(id));
const daily = { schedule: { cron: '0 6 * * *', timezone: 'Europe/Berlin' }, slug: 'cron-1' };

describe('the scheduler', () => {
  it('makes the next runs, which say where they come from', async () => {
    const deployment = await example.deployment({
      schedules: [{ ...daily, parameters: { mode: 'full' } }],
      parameters: { mode: 'delta', limit: 3 },
      tags: ['sales'],
    });
    start();
    await vi.waitFor(() => expect(runsOf(deployment)).toHaveLength(3), 10_000);
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

  it('takes intervals and RRULEs as well, and calls them by their kind when they have no slug', async () => {
    const anchor_date = '2026-01-01T00:30:00Z';
    const deployment = await example.deployment({
      schedules: [
        { schedule: { interval: 86_400, anchor_date, timezone: 'Europe/Berlin' }, max_scheduled_runs: 2 },
        { schedule: { rrule: 'FREQ=DAILY;BYHOUR=7', timezone: 'Europe/Berlin' }, parameters: { mode: 'full' } },
      ],
    });
    start();
    await vi.waitFor(() => expect(runsOf(deployment)).toHaveLength(5), 10_000);
    const kinds = Object.groupBy(runsOf(deployment), (run) => run.created_by?.display_value ?? '');
    expect(kinds['IntervalSchedule']).toHaveLength(2);
    expect(kinds['RRuleSchedule']?.map(({ parameters }) => parameters)).toEqual([1, 2, 3].map(() => ({ mode: 'full' })));
  });

  it('makes no run twice, over its own restart and after the run has ended', async () => {
    const deployment = await example.deployment({ schedules: [daily] });
    start();
    await vi.waitFor(() => expect(runsOf(deployment)).toHaveLength(3), 10_000);
    await service?.stop();
    const before = runsOf(deployment).map(({ id }) => id);
    const [first] = before;
    if (first) await example.propose(first, 'CANCELLED');
    start(10, 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(
      runsOf(deployment)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(before.toSorted());
  });

  it('keeps several schedules, each its own way', async () => {
    const deployment = await example.deployment({
      schedules: [daily, { schedule: { cron: '0 0 13 * 5', day_or: false } }, { schedule: { cron: '0 * * * *' }, max_scheduled_runs: 1 }],
    });
    start();
    await vi.waitFor(() => expect(runsOf(deployment).length).toBeGreaterThanOrEqual(4), 10_000);
    const by = Object.groupBy(runsOf(deployment), (run) =>
      run.created_by?.display_value === 'cron-1' ? 'daily' : run.next_scheduled_start_time?.slice(8, 10) === '13' ? 'friday 13' : 'hourly',
    );
    expect(by.daily).toHaveLength(3);
    expect(by.hourly).toHaveLength(1);
  });

  it('makes no runs of paused deployments and schedules', async () => {
    const paused = await example.deployment({ name: 'paused', paused: true, schedules: [daily] });
    const inactive = await example.deployment({ name: 'inactive', schedules: [{ ...daily, active: false }] });
    const active = await example.deployment({ name: 'active', schedules: [daily] });
    start();
    await vi.waitFor(() => expect(runsOf(active)).toHaveLength(3), 10_000);
    expect([...runsOf(paused), ...runsOf(inactive)]).toEqual([]);
  });

  it('takes up a deployment that is applied while it runs, and at once when woken', async () => {
    start();
    const first = await example.deployment({ name: 'first', schedules: [daily] });
    await vi.waitFor(() => expect(runsOf(first)).toHaveLength(3), 10_000);
    await service?.stop();
    start(600_000);
    const second = await example.deployment({ name: 'second', schedules: [daily] });
    service?.wake();
    await vi.waitFor(() => expect(runsOf(second)).toHaveLength(3), 10_000);
  });

  it('makes further runs in time, also of schedules that need them before all are looked at again', async () => {
    const begin = Date.parse('2026-03-02T10:00:00Z');
    let clock = begin;
    vi.spyOn(Date, 'now').mockImplementation(() => clock);
    const deployment = await example.deployment({
      schedules: [
        { schedule: { interval: 0.5, anchor_date: '2026-01-01T00:00:00Z' }, slug: 'often' },
        { schedule: { cron: '* * * * *' }, max_scheduled_runs: 1, slug: 'alone' },
      ],
    });
    start();
    const clocks = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(14, 21);
    const times = (slug: string): (string | undefined)[] =>
      runsOf(deployment)
        .filter((run) => run.created_by?.display_value === slug)
        .map((run) => run.expected_start_time?.slice(14, 21));
    for (; clock < begin + 180_000; clock += 40_000) {
      const nextMinute = Math.floor(clock / 60_000) * 60_000 + 60_000;
      await vi.waitFor(() => expect(times('often')).toContain(clocks(clock + 50_000)), 10_000);
      await vi.waitFor(() => expect(times('alone')).toContain(clocks(nextMinute)), 10_000);
    }
    const often = times('often');
    expect(often).toEqual(often.map((_, index) => clocks(begin + 500 + index * 500)));
    expect(times('alone').slice(0, 3)).toEqual(['01:00.0', '02:00.0', '03:00.0']);
  });

  it('keeps all other schedules when one is broken, and says which', async () => {
    const deployment = await example.deployment({ schedules: [{ schedule: { cron: 'broken' } }, daily] });
    start();
    await vi.waitFor(() => expect(runsOf(deployment)).toHaveLength(3), 10_000);
    expect(example.lines[0]).toMatch(/^The schedule "broken" of deployment "nightly" can't be kept: /);
  });
});
