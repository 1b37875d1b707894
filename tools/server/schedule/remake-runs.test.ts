import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Example, openExample } from '../test-support/example-store.ts';
import { remakeRuns } from './remake-runs.ts';

let example: Example;
beforeEach(async () => {
  example = await openExample();
});
afterEach(() => example.close());

it("changes a deployment with a schedule that can't be planned, and creates the runs of its other schedules", async () => {
  const deployment = await example.deployment({
    schedules: [{ schedule: { cron: 'broken' } }, { schedule: { cron: '0 6 * * *', timezone: 'Europe/Berlin' } }],
  });
  let wakes = 0;
  example.store.waiters.listen('schedules', () => (wakes += 1));
  await example.store.write((tx) => remakeRuns(tx, deployment, tx.now()));
  // The scheduler is woken to log the problem.
  expect(wakes).toBe(1);
  expect(example.store.database.all('SELECT id FROM flow_runs WHERE deployment_id = ?', deployment)).toHaveLength(3);
});
