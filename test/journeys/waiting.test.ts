import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { type EmbeddedInstallation, install } from '../support/installation.ts';
import { narrowFiles, testWhyChildrenWait } from '../support/why-children-wait.ts';

const flows = `import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { concurrency, flow, pause, progressArtifact, run, suspend, task } from '@tributary/flow';
import { z } from 'zod';

const note = (text: string) => appendFileSync(join(run().dataDir, 'notes'), text + ' ' + process.pid + '\\n');
const Approval = z.object({ ok: z.boolean(), rows: z.int().default(3) });
export const asking = flow({ name: 'asking', parameters: z.object({ day: z.string() }), runName: 'ask on {day}' }, () =>
  pause({ input: Approval, timeout: '1m' }),
);
const fetched = task({ name: 'fetched', cache: 'inputs' }, async (mark: string) => {
  note('fetched');
  return mark.length;
});
export const suspended = flow({ name: 'suspended' }, async () => {
  note('begin');
  const size = await fetched(run().flowRunId);
  const { ok } = await suspend({ input: Approval });
  const progress = await progressArtifact({ key: 'rows' });
  await progress.update(100);
  return { size, ok, attempt: run().attempt, pid: process.pid };
});
export const limited = flow({ name: 'limited' }, () =>
  concurrency('db', { strict: true }, async () => {
    note('in');
    await sleep(400);
    note('out');
  }),
);
export const lone = flow({ name: 'lone' }, async () => {
  note('begun');
  await sleep(700);
  note('done');
});
export const timed = flow({ name: 'timed', parameters: z.object({ page: z.int() }) }, ({ page }) => page);
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { asking, limited, lone, suspended, timed } from './flows/waiting.ts';

export const one = deployFactory({ name: 'here', flow: asking });
export const two = deployFactory({ name: 'here', flow: suspended });
export const three = deployFactory({ name: 'here', flow: limited });
export const four = deployFactory({ name: 'here', flow: timed, parameters: { page: 1 }, schedules: [{ interval: '1s', parameters: { page: 7 } }] });
export const five = deployFactory({ name: 'here', flow: lone, concurrencyLimit: 1 });
`;

let on: EmbeddedInstallation;
beforeAll(async () => {
  on = await install({ ...narrowFiles, 'ints/waiting/flows/waiting.ts': flows, 'ints/waiting/deployments.ts': deployments });
  await on.client.createConcurrencyLimit({ body: { name: 'db', limit: 1 } });
  await on.deploy('waiting');
  await on.deploy('narrow');
  await on.startWorker('waiting');
});
afterAll(() => on?.close());

testWhyChildrenWait(() => on, 25);

function notes(): string[][] {
  const file = join(on.workspace.home, 'data', 'notes');
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(' '))
    : [];
}

it('a paused run, named by its parameters, continues in its process with the input that it is resumed with', async () => {
  const id = await on.trigger('asking/here', { day: 'monday' });
  expect(await on.until(id, ['PAUSED'])).toMatchObject({ name: 'ask on monday', state_name: 'Paused' });
  const wrong = await on.command(['flow-run', 'resume', id, '--input', 'ok="perhaps"']).ended;
  expect(wrong.code).toBe(1);
  expect((await on.read(id)).state_type).toBe('PAUSED');
  expect((await on.command(['flow-run', 'resume', id, '--input', 'ok=true']).ended).code).toBe(0);
  expect((await on.ended(id)).state?.data).toEqual({ value: { ok: true, rows: 3 } });
});

it('a cancel ends a paused run immediately', async () => {
  const id = await on.trigger('asking/here', { day: 'tuesday' });
  await on.until(id, ['PAUSED']);
  await on.client.setFlowRunState({ path: { id }, body: { state: { type: 'CANCELLING' } } });
  expect((await on.ended(id, 5)).state_type).toBe('CANCELLED');
});

it('a suspended run ends its process and starts again in another process, with cached results', async () => {
  const id = await on.trigger('suspended/here');
  expect((await on.until(id, ['PAUSED'])).state_name).toBe('Suspended');
  await on.client.resumeFlowRun({ path: { id }, body: { run_input: { ok: true } } });
  const run = await on.ended(id);
  expect(run.state?.data).toMatchObject({ value: { ok: true, attempt: run.run_count } });
  const [first, second, third] = notes();
  expect([first?.[0], second?.[0], third?.[0]]).toEqual(['begin', 'fetched', 'begin']);
  expect(first?.[1]).not.toBe(third?.[1]);
  const { data: tasks } = await on.client.filterTaskRuns({ body: { flow_runs: { id: { any_: [id] } } } });
  expect(tasks.map(({ state_name }) => state_name).toSorted()).toEqual(['Cached', 'Completed']);
  const { data: artifacts } = await on.client.filterArtifacts({ body: { artifacts: { key: { any_: ['rows'] } } } });
  expect(artifacts).toMatchObject([{ type: 'progress', data: 100 }]);
});

it('runs that hold a slot of the same limit never work at the same time', async () => {
  const ids = await Promise.all([1, 2, 3].map(() => on.trigger('limited/here')));
  for (const id of ids) expect((await on.ended(id, 40)).state_type).toBe('COMPLETED');
  const marks = notes().flatMap(([text]) => (text === 'in' || text === 'out' ? [text] : []));
  expect(marks).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
  expect((await on.client.readConcurrencyLimit({ path: { idOrName: 'db' } })).data.active_slots).toBe(0);
});

it('a run that waits for the slot of its deployment begins when the run before it ends', async () => {
  const ids = await Promise.all([1, 2, 3].map(() => on.trigger('lone/here')));
  for (const id of ids) expect((await on.ended(id, 60)).state_type).toBe('COMPLETED');
  const marks = notes().filter(([text]) => text === 'begun' || text === 'done');
  expect(marks.map(([text]) => text)).toEqual(['begun', 'done', 'begun', 'done', 'begun', 'done']);
});

it('an interval starts run after run, with its parameters', async () => {
  const { data: deployment } = await on.client.readDeploymentByName({ path: { flow: 'timed', deployment: 'here' } });
  const fired = async () => {
    const completed = { flow_runs: { state: { type: { any_: ['COMPLETED' as const] } } } };
    const { data: runs } = await on.client.filterFlowRuns({ body: { deployments: { id: { any_: [deployment.id] } }, ...completed } });
    return runs.map(({ state }) => state?.data);
  };
  await expect.poll(async () => (await fired()).length, { timeout: 20_000 }).toBeGreaterThan(1);
  const all = await fired();
  expect(new Set(all.map((data) => JSON.stringify(data)))).toEqual(new Set(['{"value":7}']));
});
