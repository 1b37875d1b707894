import { existsSync, readFileSync } from 'node:fs';

import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { type Journey, succeeded, travel } from './journey.ts';

const flows = `import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { flow, run } from '@tributary/flow';
import { z } from 'zod';

export const ticking = flow({ name: 'ticking', parameters: z.object({ by: z.string(), much: z.int().default(1) }) }, ({ by, much }) => {
  const { flowRunId, scheduledStartTime, dataDir } = run();
  appendFileSync(join(dataDir, by), JSON.stringify({ id: flowRunId, due: scheduledStartTime, at: Date.now(), much }) + '\\n');
  return { due: scheduledStartTime };
});
`;
// The rrule starts today. By default, it would start in 2020, and a Prefect server would spend minutes on computing all times since then.
const midnight = `${new Date().toISOString().slice(0, 10).replaceAll('-', '')}T000000`;
/** The cron has six fields, so that it fires every ten seconds and not once a minute. Prefect expects the seconds in the last field. */
const deployments = `import { deployFactory } from '@tributary/flow';
import { ticking } from './flows/ticking.ts';

export const cron = deployFactory({ name: 'cron', flow: ticking, parameters: { by: 'cron', much: 2 }, cron: '* * * * * */10' });
export const others = deployFactory({
  name: 'others',
  flow: ticking,
  parameters: { by: 'nobody' },
  schedules: [
    { interval: '8s', parameters: { by: 'interval' }, slug: 'often' },
    { rrule: 'DTSTART:${midnight}\\nRRULE:FREQ=SECONDLY;INTERVAL=12', parameters: { by: 'rrule', much: 3 } },
    { interval: '9s', parameters: { by: 'never' }, active: false },
  ],
});
export const zoned = deployFactory({
  name: 'zoned',
  flow: ticking,
  parameters: { by: 'zoned' },
  timezone: 'Asia/Kolkata',
  schedules: [{ cron: '0 6 * * *' }, { cron: '0 6 * * *', timezone: 'Asia/Tokyo' }, { interval: '1d', timezone: 'Asia/Kathmandu' }],
});
`;

let on: Journey;
beforeAll(async () => {
  on = await travel(
    { 'ints/schedules/flows/ticking.ts': flows, 'ints/schedules/deployments.ts': deployments },
    // By default, the server plans an hour ahead, and up to 100 runs of each schedule.
    { PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME: 'PT1M', PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS: '12' },
  );
  await on.startWorker('schedules');
  await on.deploy('schedules');
}, 180_000);
afterAll(() => on?.close());

interface Tick {
  readonly id: string;
  readonly due: string;
  readonly at: number;
  readonly much: number;
}
function ticks(by: string): Tick[] {
  if (!existsSync(on.data(by))) return [];
  return readFileSync(on.data(by), 'utf8')
    .trim()
    .split('\n')
    .map((line): Tick => JSON.parse(line));
}

it.each([
  ['cron', 10, 2],
  ['interval', 8, 1],
  ['rrule', 12, 3],
])('a schedule by %s starts a run each time it is due, once, with its parameters', async (by, seconds, much) => {
  const found = await eventually(
    () => ticks(by),
    (all) => all.length >= 2,
    90,
  );
  expect(found.map((tick) => tick.much)).toEqual(found.map(() => much));
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  const dues = found.map(({ due }) => Date.parse(due)).toSorted((a, b) => a - b);
  expect(new Set(dues).size).toBe(found.length);
  expect(dues.map((due) => (due - (dues[0] ?? 0)) % (seconds * 1000))).toEqual(dues.map(() => 0));
  for (const { at, due } of found) expect(at).toBeGreaterThanOrEqual(Date.parse(due) - 100);
  const runs = await Promise.all(found.map(({ id }) => on.client.readFlowRun({ path: { id } })));
  for (const { data } of runs) expectScheduled(data);
});

function expectScheduled(run: FlowRun): void {
  expect(run).toMatchObject({ auto_scheduled: true, run_count: 1, created_by: { type: 'SCHEDULE' } });
  expect(run.tags).toContain('auto-scheduled');
}

it('a schedule is due by the clock of its own timezone, or of its deployment’s timezone', async () => {
  const { id } = await on.deployment('ticking/zoned');
  const times = await eventually(
    async () => {
      const { data: runs } = await on.client.filterFlowRuns({ body: { flow_runs: { deployment_id: { any_: [id] } } } });
      return [...new Set(runs.map(({ expected_start_time }) => expected_start_time?.slice(11, 16)))].toSorted();
    },
    (found) => found.length >= 3,
    90,
  );
  // In UTC: 6 o'clock in Kolkata, midnight in Kathmandu, 6 o'clock in Tokyo. None of them has a summer time.
  expect(times).toEqual(['00:30', '18:15', '21:00']);
});

it('an inactive schedule starts no run', () => {
  expect(ticks('never')).toEqual([]);
  expect(ticks('nobody')).toEqual([]);
});

it('a paused deployment starts no runs until it is resumed', async () => {
  await succeeded(on.command(['deployment', 'pause', 'ticking/cron']));
  const { id } = await on.deployment('ticking/cron');
  const { data: scheduled } = await on.client.filterFlowRuns({
    body: { flow_runs: { deployment_id: { any_: [id] }, state: { type: { any_: ['SCHEDULED'] } } } },
  });
  expect(scheduled).toEqual([]);
  const resumed = Date.now();
  await succeeded(on.command(['deployment', 'resume', 'ticking/cron']));
  await eventually(
    () => ticks('cron'),
    (all) => all.some(({ due }) => Date.parse(due) > resumed),
    90,
  );
});
