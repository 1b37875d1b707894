import type { FlowRunId } from '@tributary/contract';
import { taskRunId } from '@tributary/contract/id';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

import { eventually } from '../support/eventually.ts';
import { type EmbeddedInstallation, install } from '../support/installation.ts';

const flows = `import { flow, retryAfter, task } from '@tributary/flow';
import { z } from 'zod';

const parameters = z.object({ delay: z.int(), times: z.int() });
export const asking = flow({ name: 'asking', parameters }, async ({ delay, times }) => {
  let attempts = 0;
  const fetchRows = task({ name: 'fetch rows' }, () => {
    attempts += 1;
    if (attempts <= times) throw retryAfter(delay, new Error('answered 429'));
    return attempts;
  });
  return fetchRows();
});
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { asking } from './flows/asking.ts';

export const deployment = deployFactory({ name: 'here', flow: asking, parameters: { delay: 1, times: 1 } });
`;

let on: EmbeddedInstallation;
beforeAll(async () => {
  on = await install({ 'ints/retries/flows/asking.ts': flows, 'ints/retries/deployments.ts': deployments });
  await on.deploy('retries');
  await on.startWorker('retries');
});
afterAll(() => on?.close());

async function taskOf(id: FlowRunId) {
  return (await on.client.filterTaskRuns({ body: { flow_runs: { id: { any_: [id] } } } })).data[0];
}
async function statesOf(id: FlowRunId) {
  const task = await taskOf(id);
  const { data } = await on.client.readTaskRunStates({ query: { task_run_id: z.parse(taskRunId, task?.id) } });
  return data.toSorted((a, b) => a.timestamp.localeCompare(b.timestamp));
}

it('a task that throws retryAfter is AwaitingRetry on the server until the requested time, and is then tried again', async () => {
  const id = await on.trigger('asking/here', { delay: 1, times: 2 });
  expect(await on.ended(id)).toMatchObject({ state_type: 'COMPLETED', state: { data: { value: 3 } } });
  await eventually(
    () => taskOf(id),
    (task) => task?.state_name === 'Completed',
  );
  const states = await statesOf(id);
  expect(states.map(({ name }) => name)).toEqual(['Running', 'AwaitingRetry', 'Retrying', 'AwaitingRetry', 'Retrying', 'Completed']);
  expect(await taskOf(id)).toMatchObject({ run_count: 3, empirical_policy: { retries: 0 } });
  const [, waiting, next] = states;
  expect(waiting).toMatchObject({ type: 'SCHEDULED', message: 'answered 429', state_details: { scheduled_time: expect.any(String) } });
  expect(Date.parse(next?.timestamp ?? '') - Date.parse(waiting?.timestamp ?? '')).toBeGreaterThanOrEqual(990);
});

it('a cancel ends the wait at once', async () => {
  const id = await on.trigger('asking/here', { delay: 300, times: 1 });
  await eventually(
    () => taskOf(id),
    (task) => task?.state_name === 'AwaitingRetry',
  );
  await on.command(['flow-run', 'cancel', id]).ended;
  expect(await on.ended(id)).toMatchObject({ state_type: 'CANCELLED' });
  await eventually(
    () => taskOf(id),
    (task) => task?.state_name === 'Cancelled',
  );
  expect((await statesOf(id)).map(({ name }) => name)).toEqual(['Running', 'AwaitingRetry', 'Cancelled']);
});
