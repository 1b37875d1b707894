import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { FlowRunId } from '@tributary/contract';

import { isAlive } from '../support/process.ts';
import { stepsFiles } from '../support/steps.ts';
import { browserPath, visit, type Visit } from '../support/prefect/browser.ts';
import { keepDemo, type KeptDemo, resetDemo } from '../support/prefect/demo.ts';
import { type Installation, installOnPrefect } from '../support/prefect/installation.ts';

const sleeper = `
import { spawn } from 'node:child_process';
import { deployFactory, flow, logger, task } from '@tributary/flow';
import { z } from 'zod';

const sleep = task({ name: 'sleep' }, async (seconds: number) => {
  const child = spawn('sleep', [String(seconds)]);
  logger.info('pids ' + process.pid + ' ' + child.pid);
  await new Promise((resolve) => child.once('close', resolve));
});
const nap = flow(
  { name: 'nap', parameters: z.object({ seconds: z.int().min(1).default(600).describe('how long') }) },
  ({ seconds }) => sleep(seconds),
);
export const long = deployFactory({ name: 'long', flow: nap, cron: '30 2 * * *', tags: ['shop', 'daily'], description: 'Sleeps for a while.' });
`;

if (!browserPath)
  console.log("Skipped the tests of Prefect's own pages: Chromium is not installed. Install it with: apt-get install chromium");

describe.skipIf(!browserPath)("Prefect's own pages", () => {
  let demo: KeptDemo;
  let ui: Visit;
  let inst: Installation;

  beforeAll(async () => {
    resetDemo();
    demo = await keepDemo();
    inst = await installOnPrefect({ environment: { TRIBUTARY_API_URL: demo.url } }, { ...stepsFiles, 'ints/nap/deployments.ts': sleeper });
    await inst.deploy('nap');
    await inst.deploy('steps');
    ui = await visit(demo.url.replace(/\/api$/, ''));
  });
  afterAll(async () => {
    await ui?.close();
    await inst?.close();
    await demo?.running.stop();
  });

  it('list the deployments with their schedules and tags', async () => {
    expect(
      await ui.missing('deployments', { path: '/deployments' }, [
        'dummyjson_products',
        'At 12:00 AM',
        'dbt_downstream_model',
        'long',
        'shop',
      ]),
    ).toEqual([]);
  });

  it('show a deployment: its runs, schedule, entrypoint, description, tags, and a form for its parameters', async () => {
    const read = async (flow: string, deployment: string) => (await demo.client.readDeploymentByName({ path: { flow, deployment } })).data;
    const { id } = await read('export', 'dummyjson_products');
    const seen = ['At 12:00 AM', 'flows/api.ts:exportProducts', 'ints/dummyjson_products', 'Ready', demo.parent.name];
    expect(await ui.missing('deployment', { path: `/v2/deployments/deployment/${id}` }, seen)).toEqual([]);
    expect(await ui.missing('deployment-parameters', { tab: 'Parameters' }, ['baseUrl', 'https://dummyjson.com'])).toEqual([]);

    const { id: long } = await read('nap', 'long');
    expect(
      await ui.missing('deployment-with-tags', { path: `/v2/deployments/deployment/${long}` }, ['shop', 'daily', 'At 02:30 AM']),
    ).toEqual([]);
    expect(await ui.missing('deployment-description', { tab: 'Description' }, ['Sleeps for a while.'])).toEqual([]);
    expect(await ui.missing('deployment-run-form', { path: `/v2/deployments/deployment/${long}/run` }, ['seconds', 'how long'])).toEqual(
      [],
    );
  });

  it('list the flow runs with their states', async () => {
    expect(await ui.missing('flow-runs', { path: '/v2/runs' }, [demo.parent.name, demo.child.name, 'Completed', '12 Task runs'])).toEqual(
      [],
    );
  });

  it('show the export: its graph, logs, tasks, the run of dbt under it, its artifact, its parameters', async () => {
    const { parent, child } = demo;
    const path = `/v2/runs/flow-run/${parent.id}`;
    expect(
      await ui.missing('export', { path }, [
        parent.name,
        'Completed',
        'dummyjson_products',
        /wrote 194 products to/,
        `Created flow run "${child.name}"`,
      ]),
    ).toEqual([]);
    await expect.poll(() => ui.greenOfGraph(), { timeout: 20_000 }).toBeGreaterThan(1000);
    await ui.keep('export');
    expect(await ui.missing('export-tasks', { tab: 'Task Runs' }, ['fetch products 1 to 50', 'write raw_products.jsonl'])).toEqual([]);
    expect(await ui.missing('export-child', { tab: 'Subflow Runs' }, [child.name, 'dbt-command-flow'])).toEqual([]);
    expect(await ui.missing('export-artifacts', { tab: 'Artifacts' }, ['raw-products'])).toEqual([]);
    expect(await ui.missing('export-parameters', { tab: 'Parameters' }, ['baseUrl'])).toEqual([]);
  });

  it("show dbt's run: its parent, each model and test, their graph, logs and artifact", async () => {
    const { parent, child } = demo;
    const path = `/v2/runs/flow-run/${child.id}`;
    expect(
      await ui.missing('dbt', { path }, ['Parent Run', parent.name, 'Completed', '12 Task runs', /Found 2 models, 10 data tests/]),
    ).toEqual([]);
    await expect.poll(() => ui.greenOfGraph(), { timeout: 20_000 }).toBeGreaterThan(1000);
    await ui.keep('dbt');
    expect(
      await ui.missing('dbt-tasks', { tab: 'Task Runs' }, [
        'model mart_products_by_category',
        'model stage_dummyjson__products',
        'test unique_mart_products_by_category_category',
      ]),
    ).toEqual([]);
    expect(await ui.missing('dbt-artifacts', { tab: 'Artifacts' }, ['dbt-build'])).toEqual([]);
    const { data: tasks } = await demo.client.filterTaskRuns({ body: { flow_runs: { id: { any_: [child.id] } } } });
    const model = tasks.find(({ name }) => name === 'model stage_dummyjson__products');
    expect(
      await ui.missing('dbt-model', { path: `/v2/runs/task-run/${model?.id}` }, [
        'model stage_dummyjson__products',
        'Completed',
        /OK created sql table model/,
      ]),
    ).toEqual([]);
  });

  it('show an artifact as a table', async () => {
    expect(await ui.missing('artifacts', { path: '/v2/artifacts' }, ['raw-products', 'dbt-build', 'dbt build, node by node'])).toEqual([]);
    const { data: artifacts } = await demo.client.filterArtifacts({ body: { artifacts: { key: { any_: ['dbt-build'] } } } });
    expect(
      await ui.missing('artifact', { path: `/v2/artifacts/artifact/${artifacts[0]?.id}` }, [
        'dbt build, node by node',
        'model stage_dummyjson__products',
        '194',
      ]),
    ).toEqual([]);
  });

  it('show the pool, ready, with its worker online', async () => {
    expect(await ui.missing('work-pool', { path: '/v2/work-pools/work-pool/tributary' }, ['Ready', 'tributary'])).toEqual([]);
    expect(await ui.missing('work-pool-workers', { tab: 'Workers' }, ['demo', 'Online'])).toEqual([]);
  });

  it('cancel a run by the button on its page: it ends as Cancelled, and its processes have ended', async () => {
    const id = await inst.trigger('nap/long');
    await inst.until(id, ['RUNNING'], 60);
    const pids = await pidsOf(id);
    expect(pids.filter(isAlive)).toEqual(pids);

    const { page } = ui;
    expect(await ui.missing('running', { path: `/v2/runs/flow-run/${id}` }, ['Running', 'nap'])).toEqual([]);
    await page.getByRole('button', { name: 'Open menu' }).click();
    await page.getByRole('menuitem', { name: 'Cancel' }).click();
    await ui.keep('cancel');
    await page.getByRole('dialog').or(page.getByRole('alertdialog')).getByRole('button', { name: 'Cancel Flow Run' }).click();

    expect(await inst.ended(id, 60)).toMatchObject({ state_type: 'CANCELLED', state_name: 'Cancelled' });
    await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
    expect(await ui.missing('cancelled', { path: `/v2/runs/flow-run/${id}` }, ['Cancelled'])).toEqual([]);
  });

  it('pause a run by the button on its page, and resume it: its process ends, and another one continues', async () => {
    const id = await inst.trigger('steps/free', { mark: 'by-button', count: 100 });
    const process = async () => Number((await inst.read(id)).infrastructure_pid?.split(':').at(-1));
    await inst.until(id, ['RUNNING'], 60);
    const first = await process();
    expect(isAlive(first)).toBe(true);
    const { page } = ui;
    const press = async (item: string, button: string): Promise<void> => {
      await page.getByRole('button', { name: 'Open menu' }).click();
      await page.getByRole('menuitem', { name: item }).click();
      await page.getByRole('dialog').or(page.getByRole('alertdialog')).getByRole('button', { name: button }).click();
    };
    expect(await ui.missing('to-pause', { path: `/v2/runs/flow-run/${id}` }, ['Running', 'steps'])).toEqual([]);
    await press('Pause', 'Pause Flow Run');
    await inst.until(id, ['Suspended']);
    await expect.poll(() => isAlive(first), { timeout: 20_000 }).toBe(false);
    await page.getByText('Suspended').filter({ visible: true }).first().waitFor();
    await ui.keep('paused');
    await press('Resume', 'Resume');
    expect(await inst.ended(id, 90)).toMatchObject({ state_type: 'COMPLETED' });
    expect(await process()).not.toBe(first);
  });

  /** Reads the process ids that the run's task has logged: of the run host, and of the process that the host started. */
  async function pidsOf(id: FlowRunId): Promise<number[]> {
    for (let tries = 0; tries < 150; tries += 1) {
      const { data: logs } = await demo.client.filterLogs({ body: { logs: { flow_run_id: { any_: [id] } } } });
      const pids = /pids (\d+) (\d+)/.exec(logs.map(({ message }) => message).join('\n'));
      if (pids) return pids.slice(1).map(Number);
      await sleep(200);
    }
    throw new Error('The run did not log its process ids within 30 s.');
  }

  it('log no errors', () => {
    // Known errors of Prefect's own pages. The page of a run without a parent requests the parent's task run with an empty id. The graph
    // fails if the run changes, or the page is left, while the graph is being drawn.
    const theirs = ['"id":{"any_":[""]}', '/assets/flow-run-graph-'];
    expect(ui.complaints.filter((complaint) => !theirs.some((one) => complaint.includes(one)))).toEqual([]);
  });
});
