import { afterAll, beforeAll, expect, it } from 'vitest';

import { parentEndFiles } from '../support/parent-end-flows.ts';
import { testParentEnds } from '../support/parent-ends.ts';
import { type Journey, travel } from './journey.ts';

let on: Journey;
beforeAll(async () => {
  // How often the server cancels the children of cancelled parents. The default is 20 s.
  on = await travel(parentEndFiles('45s'), { PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS: '2' });
  await on.deploy('ends');
  await on.startWorker('ends', ['--limit', '32']);
}, 180_000);
afterAll(() => on?.close());

testParentEnds(() => on, { seconds: 120, leaves: false });

it.concurrent("refuses 'leave' before it creates anything, because a Prefect server cancels every child", async () => {
  const id = await on.trigger('waiting/here', { mark: 'refused', leaves: true });
  const run = await on.ended(id, 120);
  expect([run.state_type, run.state?.message]).toEqual([
    'FAILED',
    expect.stringMatching(/^onParentEnd of createFlowRun\("sleeper\/here"\) can't be "leave" here: a Prefect server cancels all children/),
  ]);
  expect(await on.children(id)).toEqual([]);
});
