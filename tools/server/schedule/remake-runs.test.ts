import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Example, openExample } from '../test-support/example-store.ts';
import { remakeRuns } from './remake-runs.ts';

let example: Example;
beforeEach(async () => {
  example = await openExample();
});
afterEach(() => example.close());

it('a schedule that cannot be kept fails no change, and keeps no other schedule from its runs', async () => {
  const deployment = await example.deployment({
    schedules: [{ schedule: { cron: 'broken' } }, { schedule: { cron: '0 6 * * *', timezone: 'Europe/Berlin' } }],
  });
  let news = 0;
  example.store.waiters.listen('schedules', () => (news += 1));
  await example.store.write((tx) => remakeRuns(tx, deployment, tx.now()));
  // The scheduler logs it.
  expect(news).toBe(1);
  expect(example.store.database.all('SELECT id FROM flow_runs WHERE deployment_id = ?', deployment)).toHaveLength(3);
});
