import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { FlowRunId } from '@tributary/contract';
import { fromMillis } from '@tributary/contract/time';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { survivors } from '../support/process.ts';
import { repository } from '../support/workspace.ts';
import { type Journey, succeeded, travel } from './journey.ts';

const flows = `import { spawn } from 'node:child_process';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flow, run, runDeployment, task } from '@tributary/flow';
import { z } from 'zod';

const parameters = z.object({ mark: z.string() });
const file = (mark: string) => join(run().dataDir, mark);
const ended = () => appendFileSync(file(String(run().parameters['mark'])) + '.hooks', 'cancelled;');
const crashed = () => appendFileSync(file(String(run().parameters['mark'])) + '.hooks', 'crashed;');
const hooks = { onCancellation: ended, onCrashed: crashed, onFailure: crashed, onCompletion: crashed };

/** Writes two process ids: of the run, and of a program that the run starts and never stops. */
const begin = (mark: string) => {
  const child = spawn('sleep', ['300'], { stdio: 'ignore' });
  writeFileSync(file(mark) + '.new', JSON.stringify([process.pid, child.pid]));
  renameSync(file(mark) + '.new', file(mark));
};
const work = task({ name: 'work' }, () => sleep(60_000, undefined, { signal: run().signal }));

export const slow = flow({ name: 'slow', parameters, ...hooks }, async ({ mark }) => {
  begin(mark);
  await work();
});
export const retrying = flow({ name: 'retrying', parameters, retries: 3, retryDelay: '60s', ...hooks }, ({ mark }) => {
  begin(mark);
  throw new Error('again');
});
const inner = flow({ name: 'inner', parameters, ...hooks }, async ({ mark }) => {
  begin(mark);
  await work();
});
export const parent = flow({ name: 'parent', parameters, ...hooks }, async ({ mark }) => {
  begin(mark);
  await Promise.all([inner({ mark: mark + '-inner' }), runDeployment.unchecked('slow/here', { parameters: { mark: mark + '-child' } })]);
});
/** A flow that ignores its abort signal and sleeps for a minute. */
export const deaf = flow({ name: 'deaf', parameters, ...hooks }, async ({ mark }) => {
  begin(mark);
  await sleep(60_000);
});
`;
const hanging = `import { setTimeout as sleep } from 'node:timers/promises';
import { flow } from '@tributary/flow';

if (process.env['SLOW_TO_LOAD']) await sleep(300_000);
export const pending = flow({ name: 'pending' }, () => 'ran');
`;
const warehouse = `import { dbt } from '@tributary/dbt';
import { flow } from '@tributary/flow';

const project = dbt({ projectDir: '.', executable: ${JSON.stringify(join(repository, '.venv', 'bin', 'dbt'))} });
export const build = flow({ name: 'build' }, () => project.run());
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { build } from './flows/build.ts';
import { pending } from './flows/pending.ts';
import { deaf, parent, retrying, slow } from './flows/slow.ts';

const name = 'here';
export const one = deployFactory({ name, flow: slow });
export const two = deployFactory({ name, flow: retrying });
export const three = deployFactory({ name, flow: parent });
export const four = deployFactory({ name, flow: pending, jobVariables: { env: { SLOW_TO_LOAD: 'yes' } } });
export const five = deployFactory({ name, flow: deaf });
export const six = deployFactory({ name, flow: build });
`;

let on: Journey;
beforeAll(async () => {
  on = await travel(
    {
      'ints/cancel/flows/slow.ts': flows,
      'ints/cancel/flows/pending.ts': hanging,
      'ints/cancel/flows/build.ts': warehouse,
      'ints/cancel/deployments.ts': deployments,
      'ints/cancel/dbt_project.yml': 'name: shop\nprofile: shop\nmodels: {+materialized: table}\n',
      'ints/cancel/profiles.yml': 'shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n',
      'ints/cancel/models/endless.sql':
        'select count(*) as n from range(1000000) a, range(1000000) b where hash(a.range + b.range) % 7 = 3',
    },
    // How often the server cancels the children of cancelled parents. The default is 20 s.
    { PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS: '2' },
  );
  await on.deploy('cancel');
  await on.startWorker('cancel', ['--grace-seconds', '3']);
}, 180_000);
afterAll(() => on?.close());

/** Waits until a run has written its process ids. @returns the ids of the run's process and of the program that the run started */
async function processes(mark: string): Promise<number[]> {
  const text = await eventually(
    () => (existsSync(on.data(mark)) ? readFileSync(on.data(mark), 'utf8') : ''),
    (found) => found !== '',
  );
  return JSON.parse(text);
}
const hooks = (mark: string) => readFileSync(`${on.data(mark)}.hooks`, 'utf8');
const namesOf = async (id: FlowRunId) => (await on.states(id)).map(({ name }) => name);

/** Sends what Prefect's UI sends for "Cancel". */
async function cancelFromUi(id: FlowRunId): Promise<void> {
  const { data } = await on.client.setFlowRunState({
    path: { id },
    body: { state: { type: 'CANCELLING', name: 'Cancelling' }, force: true },
  });
  expect(data.status).toBe('ACCEPT');
}
const ways: Record<string, (id: FlowRunId) => Promise<unknown>> = {
  'our command': (id) => succeeded(on.command(['flow-run', 'cancel', id])),
  'Prefect’s command': (id) => succeeded(on.prefect.command(['flow-run', 'cancel', id])),
  'Prefect’s UI': cancelFromUi,
};

describe.concurrent.each(Object.entries(ways))('a cancel by %s', (way, cancel) => {
  it('ends a running run as Cancelled: its processes have ended, its hook has run, and its task is cancelled', async () => {
    const mark = `running-${way.length}`;
    const id = await on.trigger('slow/here', { mark });
    const pids = await processes(mark);
    await cancel(id);
    expect(await on.ended(id, 30)).toMatchObject({ state_type: 'CANCELLED', state_name: 'Cancelled' });
    expect(await namesOf(id)).toEqual(expect.arrayContaining(['Running', 'Cancelling', 'Cancelled']));
    expect(await survivors(pids, 20)).toEqual([]);
    expect(hooks(mark)).toBe('cancelled;');
    expect((await on.tasks(id, 1)).map(({ state_name }) => state_name)).toEqual(['Cancelled']);
  });

  it('ends a run that waits for its retry', async () => {
    const mark = `retrying-${way.length}`;
    const id = await on.trigger('retrying/here', { mark });
    await on.until(id, ['AwaitingRetry']);
    await cancel(id);
    expect(await on.ended(id, 30)).toMatchObject({ state_type: 'CANCELLED' });
    expect(await survivors(await processes(mark), 20)).toEqual([]);
    expect(hooks(mark)).toBe('cancelled;');
  });

  it('immediately ends a run that is only scheduled', async () => {
    const later = fromMillis(Date.now() + 3_600_000);
    const id = await on.trigger('slow/here', { mark: 'never' }, { state: { type: 'SCHEDULED', state_details: { scheduled_time: later } } });
    await cancel(id).catch((error: unknown) => {
      if (way !== 'Prefect’s UI') throw error;
    });
    expect(await on.read(id)).toMatchObject({ state_type: 'CANCELLED' });
    expect(existsSync(on.data('never'))).toBe(false);
  });
});

it.concurrent('a cancel of a run whose code is still loading ends the run as Cancelled', async () => {
  const id = await on.trigger('pending/here');
  const { infrastructure_pid: infrastructure } = await eventually(
    () => on.read(id),
    ({ state_type, infrastructure_pid }) => state_type === 'PENDING' && Boolean(infrastructure_pid),
  );
  await succeeded(on.command(['flow-run', 'cancel', id, '--wait', '30']));
  expect(await on.ended(id, 30)).toMatchObject({ state_type: 'CANCELLED' });
  expect(await namesOf(id)).not.toContain('Running');
  expect(await survivors([Number(infrastructure?.split(':').at(-1))], 20)).toEqual([]);
});

it.concurrent('a cancel of a run that ignores its signal ends the run as Cancelled after the grace', async () => {
  const id = await on.trigger('deaf/here', { mark: 'deaf' });
  const pids = await processes('deaf');
  await succeeded(on.command(['flow-run', 'cancel', id, '--wait', '0']));
  const run = await on.ended(id, 40);
  // A cancelled run gets this message only if it doesn't end within the grace period.
  expect(run).toMatchObject({
    state_type: 'CANCELLED',
    state: { message: expect.stringContaining("the run's process did not exit by itself") },
  });
  expect(await survivors(pids, 20)).toEqual([]);
});

it.concurrent('a cancel of a parent ends its children, in other processes and in the same process', async () => {
  const id = await on.trigger('parent/here', { mark: 'parent' });
  const pids = [...(await processes('parent')), ...(await processes('parent-child'))];
  await processes('parent-inner');
  const children = await on.children(id);
  expect(children).toHaveLength(2);
  await succeeded(on.command(['flow-run', 'cancel', id]));
  for (const run of [id, ...children.map((child) => child.id)]) expect(await on.ended(run, 60)).toMatchObject({ state_type: 'CANCELLED' });
  expect(await survivors(pids, 20)).toEqual([]);
  for (const mark of ['parent', 'parent-inner', 'parent-child']) expect(hooks(mark)).toBe('cancelled;');
});

it.concurrent('a cancel ends dbt', async () => {
  const id = await on.trigger('build/here');
  const dbt = () =>
    execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(on.workspace.root) && line.includes('dbt'));
  await eventually(
    async () => (await on.client.filterTaskRuns({ body: { flow_runs: { id: { any_: [id] } } } })).data,
    (tasks) => tasks.some(({ name, state_type }) => name.includes('endless') && state_type === 'RUNNING'),
    60,
  );
  expect(dbt()).not.toEqual([]);
  await succeeded(on.command(['flow-run', 'cancel', id]));
  expect(await on.ended(id, 30)).toMatchObject({ state_type: 'CANCELLED' });
  await eventually(dbt, (found) => found.length === 0);
  expect((await on.tasks(id, 1)).map(({ state_type }) => state_type)).toEqual(['CANCELLED']);
});
