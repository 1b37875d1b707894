import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { retryFlowRun } from '@tributary/contract/client/retry-flow-run';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { type EmbeddedInstallation, install } from '../support/installation.ts';

const flows = `import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flow, run, runDeployment } from '@tributary/flow';
import { z } from 'zod';

/** A child of a negative number waits until the file \`go\` exists. */
export const child = flow({ name: 'child', parameters: z.object({ of: z.int() }) }, async ({ of }) => {
  while (of < 0 && !existsSync(join(run().dataDir, 'go'))) await sleep(25, undefined, { signal: run().signal });
  return of;
});
export const parent = flow({ name: 'parent', parameters: z.object({ of: z.int() }) }, async ({ of }) => {
  await runDeployment.unchecked('child/here', { parameters: { of }, raiseFinalState: true, pollInterval: '200ms' });
});
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { child, parent } from './flows/slots.ts';

export const one = deployFactory({ name: 'here', flow: child });
export const two = deployFactory({ name: 'here', flow: parent });
`;

let on: EmbeddedInstallation;
beforeAll(async () => {
  on = await install({ 'ints/slots/flows/slots.ts': flows, 'ints/slots/deployments.ts': deployments });
  await on.deploy('slots');
});
afterAll(() => on?.close());

// Eight is the default limit of a worker on two cores.
it.each([
  { parents: 2, limit: 2 },
  { parents: 8, limit: 8 },
])('$parents parents at once complete on a worker with a limit of $limit, because they lend their slots', async ({ parents, limit }) => {
  const ids = await Promise.all(Array.from({ length: parents }, (_, of) => on.trigger('parent/here', { of })));
  const worker = await on.startWorker(`limit ${limit}`, ['--limit', String(limit), '--prestart', '0']);
  for (const id of ids) expect((await on.ended(id, 60)).state_type).toBe('COMPLETED');
  await worker.stop();
});

it('a worker that is stopped ends a run that has lent its slot, and the next worker finishes it', async () => {
  const flags = ['--limit', '1', '--prestart', '0'];
  const worker = await on.startWorker('stopped', flags);
  const id = await on.trigger('parent/here', { of: -1 });
  const children = { body: { flow_runs: { parent_flow_run_id: { any_: [id] } } } };
  const [child] = await eventually(
    async () => (await on.client.filterFlowRuns(children)).data,
    ([run]) => run?.state_type === 'RUNNING',
  );
  if (!child) throw new Error('unreachable');
  expect((await worker.stop()).code).toBe(0);
  for (const run of [id, child.id]) expect((await on.ended(run, 5)).state_type).toBe('CRASHED');
  writeFileSync(join(on.workspace.home, 'data', 'go'), '');
  await retryFlowRun(on.client, await on.read(id), { message: 'once more', due: null, patience: 30 });
  const next = await on.startWorker('next', flags);
  expect(await on.ended(id, 60)).toMatchObject({ state_type: 'COMPLETED', run_count: 2 });
  expect((await on.client.filterFlowRuns(children)).data).toMatchObject([{ id: child.id, state_type: 'COMPLETED', run_count: 2 }]);
  await next.stop();
});
