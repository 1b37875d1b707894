import type { FlowRunId } from '@tributary/contract';
import { hasEnded } from '@tributary/contract/nouns/flow-run';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(() => example.close());

async function newRun(): Promise<{ id: FlowRunId; deployment: string }> {
  const { deployment } = await example.deploy();
  const { data } = await example.client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: {} });
  return { id: data.id, deployment: deployment.id };
}
const wait = (id: string, prefer = 'wait=20', signal?: AbortSignal) =>
  example.client.awaitFlowRunEnd({ path: { id }, headers: { prefer }, ...(signal ? { signal } : {}) });
const end = (id: string) => example.client.setFlowRunState({ path: { id }, body: { state: { type: 'FAILED' }, force: true } });
/** Settles when the server has read all requests that were sent before. */
const read = (): Promise<unknown> => example.client.health({});

it('answers a hundred waiting requests when the run has ended, and no request for another run', async () => {
  const [run, other] = [await newRun(), await newRun()];
  const stop = new AbortController();
  let others = 0;
  const elsewhere = wait(other.id, 'wait=20', stop.signal).then(
    () => (others += 1),
    () => undefined,
  );
  const waiting = Array.from({ length: 100 }, () => wait(run.id));
  await read();
  const began = performance.now();
  await end(run.id);
  const answers = await Promise.all(waiting);
  expect(answers.every(({ data }) => data.state_type === 'FAILED' && hasEnded(data))).toBe(true);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(others).toBe(0);
  stop.abort(new Error('over'));
  await elsewhere;
});

it('answers at once for a run that has ended, and with the unfinished run when the wait is over', async () => {
  const { id } = await newRun();
  expect((await wait(id, 'wait=0.05')).data.state_type).toBe('SCHEDULED');
  expect((await wait(id, '')).data.state_type).toBe('SCHEDULED');
  await end(id);
  expect((await wait(id)).data.state_type).toBe('FAILED');
});

it.each(['run', 'deployment'] as const)("answers 404 when the run's %s is deleted", async (what) => {
  const { id, deployment } = await newRun();
  const waiting = wait(id).catch((error: unknown) => error);
  await read();
  const began = performance.now();
  if (what === 'run') await example.client.deleteFlowRun({ path: { id } });
  else await example.client.deleteDeployment({ path: { id: deployment } });
  expect(await waiting).toMatchObject({ code: 'not_found' });
  expect(performance.now() - began).toBeLessThan(10_000);
  await expect(wait(id)).rejects.toMatchObject({ code: 'not_found' });
});

it('answers with the unfinished run when the server closes', async () => {
  const { id } = await newRun();
  const waiting = wait(id);
  await read();
  await example.server.close();
  expect((await waiting).data.state_type).toBe('SCHEDULED');
});
