import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { FlowRunGraph } from '@tributary/contract/nouns/graph';

import { descendants, type Ended, type Running, survivors } from '../support/process.ts';
import { demoOnPrefect, keepDemo, type KeptDemo, resetDemo } from '../support/prefect/demo.ts';
import { type Installation, installOnPrefect } from '../support/prefect/installation.ts';

const tagged = `
import { deployFactory, flow } from '@tributary/flow';
import { z } from 'zod';
const load = flow({ name: 'load', parameters: z.object({ day: z.iso.date(), limit: z.int().default(5) }) }, async () => undefined);
export const nightly = deployFactory({
  name: 'nightly', flow: load, cron: '30 2 * * *', timezone: 'Europe/Vienna', tags: ['shop', 'daily'], description: 'Loads a day.', version: '7',
});
`;

/** For each node of a graph, by its label: the labels of the nodes that it depends on. */
function edgesOf(graph: FlowRunGraph): Record<string, string[]> {
  const labels = new Map(graph.nodes.map(([id, { label }]) => [id, label]));
  return Object.fromEntries(graph.nodes.map(([, { label, parents }]) => [label, parents.map(({ id }) => labels.get(id) ?? id).toSorted()]));
}

describe('the main job on a real Prefect server', () => {
  let first: Ended;
  let demo: KeptDemo;

  beforeAll(async () => {
    resetDemo();
    first = await demoOnPrefect().ended;
    demo = await keepDemo();
  }, 600_000);
  afterAll(() => demo?.running.stop());

  it('prints and returns the same as on the embedded server', () => {
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('+ create export/dummyjson_products (cron 0 0 * * *)');
    expect(first.stdout).toContain('+ create dbt-command-flow/dbt_downstream_model');
    expect(first.stdout).toMatch(/✓ fetch products 151 to 200 {2}\d+\.\d+ s/);
    expect(first.stdout).toMatch(/→ child run of dbt-command-flow\/dbt_downstream_model created/);
    expect(first.stdout).toMatch(/✓ model stage_dummyjson__products {2}\d+\.\d+ s {2}194 rows/);
    expect(first.stdout).toMatch(/✓ test not_null_\w+ {2}\d+\.\d+ s {2}passed/);
    expect(first.stdout).toMatch(/kitchen-accessories +30 +39\.52\n(.*\n)+.*194 products in 24 categories/);
    const at = (pattern: RegExp) => first.stdout.search(pattern);
    expect(at(/ dbt-command-flow\/\S+ {2}Completed/)).toBeGreaterThan(at(/ export\/\S+ {2}Completed/));
  });

  it('finds no change the second time', () => {
    const said = demo.running.output();
    expect(said).toContain('= unchanged export/dummyjson_products');
    expect(said).toContain('0 created, 0 updated, 2 unchanged.');
  });

  it('shows the deployments: schedule, parameter schema, entrypoint', async () => {
    const { data: deployment } = await demo.client.readDeploymentByName({ path: { flow: 'export', deployment: 'dummyjson_products' } });
    expect(deployment).toMatchObject({
      entrypoint: 'flows/api.ts:exportProducts',
      path: 'ints/dummyjson_products',
      work_pool_name: 'tributary',
      work_queue_name: 'default',
      paused: false,
      status: 'READY',
      enforce_parameter_schema: true,
      parameter_openapi_schema: {
        type: 'object',
        properties: { baseUrl: { type: 'string', format: 'uri', default: 'https://dummyjson.com' } },
      },
      schedules: [{ active: true, schedule: { cron: '0 0 * * *', timezone: 'UTC' } }],
    });
    const { data: scheduled } = await demo.client.filterFlowRuns({
      body: {
        deployments: { id: { any_: [deployment.id] } },
        flow_runs: { state: { type: { any_: ['SCHEDULED'] } } },
        sort: 'EXPECTED_START_TIME_ASC',
      },
    });
    expect(scheduled.length).toBeGreaterThanOrEqual(3);
    expect(scheduled[0]).toMatchObject({ auto_scheduled: true, expected_start_time: expect.stringMatching(/T00:00:00/) });
  });

  it('shows tags, description, version and time zone of a deployment that has them', async () => {
    const inst: Installation = await installOnPrefect(
      { environment: { TRIBUTARY_API_URL: demo.url } },
      { 'ints/shop/deployments.ts': tagged },
    );
    try {
      await inst.deploy('shop');
      const { data } = await inst.client.readDeploymentByName({ path: { flow: 'load', deployment: 'nightly' } });
      expect(data).toMatchObject({
        description: 'Loads a day.',
        version: '7',
        schedules: [{ schedule: { cron: '30 2 * * *', timezone: 'Europe/Vienna' } }],
        parameter_openapi_schema: { required: ['day'], properties: { day: { format: 'date' }, limit: { default: 5 } } },
      });
      expect(data.tags.toSorted()).toEqual(['daily', 'shop']);
    } finally {
      await inst.close();
    }
  });

  it('shows both runs with their states, and the child under its parent', async () => {
    const { client, parent, child } = demo;
    expect(parent).toMatchObject({ run_count: 1, state_type: 'COMPLETED', tags: ['demo'], state: { data: { value: { rows: 194 } } } });
    expect(child).toMatchObject({ run_count: 1, state_type: 'COMPLETED', state: { data: { value: { nodes: 12 } } } });
    for (const { id } of [parent, child]) {
      const { data: states } = await client.readFlowRunStates({ query: { flow_run_id: id } });
      const names = states.toSorted((a, b) => a.timestamp.localeCompare(b.timestamp)).map(({ name }) => name);
      // A run is Submitting only if the worker has to start a host for it, because no prestarted host is free.
      expect(names.filter((name) => name !== 'Submitting')).toEqual(['Scheduled', 'Pending', 'Running', 'Completed']);
    }
    // The parent launched the child without waiting for it.
    expect(Date.parse(parent.end_time ?? '')).toBeLessThan(Date.parse(child.end_time ?? ''));

    const { data: standIn } = await client.readTaskRun({ path: { id: child.parent_task_run_id ?? '' } });
    expect(standIn).toMatchObject({
      flow_run_id: parent.id,
      name: 'dbt-command-flow/dbt_downstream_model',
      state_type: 'COMPLETED',
      state: { state_details: { child_flow_run_id: child.id } },
    });
    const { data: children } = await client.filterFlowRuns({ body: { flow_runs: { parent_flow_run_id: { any_: [parent.id] } } } });
    expect(children.map(({ id }) => id)).toEqual([child.id]);
  });

  it("draws the parent's tasks, their edges and the child run", async () => {
    const { client, parent, child } = demo;
    // Prefect records task runs from a stream of events, a moment after the end of the run.
    await expect
      .poll(async () => edgesOf((await client.readFlowRunGraph({ path: { id: parent.id } })).data), { timeout: 30_000 })
      .toEqual({
        'fetch products 1 to 50': [],
        'fetch products 51 to 100': [],
        'fetch products 101 to 150': [],
        'fetch products 151 to 200': [],
        'write raw_products.jsonl': [
          'fetch products 1 to 50',
          'fetch products 101 to 150',
          'fetch products 151 to 200',
          'fetch products 51 to 100',
        ],
        [`dbt-command-flow / ${child.name}`]: [],
      });
    const { data: graph } = await client.readFlowRunGraph({ path: { id: parent.id } });
    const nodes = graph.nodes.map(([, node]) => node);
    expect(nodes.map(({ state_type }) => state_type)).toEqual(nodes.map(() => 'COMPLETED'));
    expect(nodes.find(({ kind }) => kind === 'flow-run')).toMatchObject({ id: child.id });
    expect(graph.artifacts.map(({ key }) => key)).toEqual(['raw-products']);
  });

  it('draws each dbt node after what it depends on, with its seconds', async () => {
    const { client, child } = demo;
    const stage = 'model stage_dummyjson__products';
    const mart = 'model mart_products_by_category';
    await expect
      .poll(async () => (await client.readFlowRunGraph({ path: { id: child.id } })).data.nodes.length, { timeout: 30_000 })
      .toBe(12);
    const edges = Object.entries(edgesOf((await client.readFlowRunGraph({ path: { id: child.id } })).data));
    expect(Object.fromEntries(edges.filter(([label]) => label.startsWith('model')))).toEqual({ [stage]: [], [mart]: [stage] });
    const tests = edges.filter(([label]) => label.startsWith('test '));
    expect(tests).toHaveLength(10);
    for (const [label, parents] of tests)
      expect([label, parents]).toEqual([label, [label.includes(' mart_') || label.includes('_mart_') ? mart : stage]]);

    const { data: tasks } = await client.filterTaskRuns({ body: { flow_runs: { id: { any_: [child.id] } } } });
    expect(tasks).toHaveLength(12);
    expect(tasks.find(({ name }) => name === stage)).toMatchObject({
      state_type: 'COMPLETED',
      run_count: 1,
      task_key: 'model.tributary_demo.stage_dummyjson__products',
      tags: ['dbt', 'model'],
    });
    for (const task of tasks) expect(task.total_run_time).toBeGreaterThan(0);
  });

  it('has logs in their order and artifacts', async () => {
    const { client, parent, child } = demo;
    const messages = async (id: typeof parent.id) =>
      (await client.filterLogs({ body: { logs: { flow_run_id: { any_: [id] } }, sort: 'TIMESTAMP_ASC' } })).data.map(
        ({ message }) => message,
      );
    expect(await messages(parent.id)).toEqual([
      expect.stringMatching(/^wrote 194 products to .*raw_products\.jsonl$/),
      'Stored the table artifact "raw-products".',
      `Created flow run "${child.name}" of deployment dbt-command-flow/dbt_downstream_model.`,
    ]);
    const said = (await messages(child.id)).join('\n');
    expect(said).toMatch(/Running with dbt=1\..*\n(.*\n)*Found 2 models, 10 data tests(.*\n)+.*Done\. PASS=12 WARN=0 ERROR=0/);

    const { data: artifacts } = await client.filterArtifacts({ body: { artifacts: { flow_run_id: { any_: [parent.id, child.id] } } } });
    expect(artifacts).toContainEqual(expect.objectContaining({ key: 'raw-products', type: 'table', flow_run_id: parent.id }));
    const table = artifacts.find(({ key }) => key === 'dbt-build');
    expect(table).toMatchObject({ type: 'table', flow_run_id: child.id });
    expect(String(table?.data)).toContain('"rows":194');
  });

  it('has its pool, ready, with the worker online', async () => {
    const { data: pool } = await demo.client.readWorkPool({ path: { pool: 'tributary' } });
    expect(pool).toMatchObject({ type: 'tributary', status: 'READY', is_paused: false });
    const { data: workers } = await demo.client.filterWorkers({ path: { pool: 'tributary' }, body: {} });
    expect(workers).toEqual([expect.objectContaining({ name: 'demo', status: 'ONLINE' })]);
  });

  it('ends on Ctrl-C and leaves no process', async () => {
    expect(await interrupt(demo.running)).toEqual(nothingLeft);
  });
});

const nothingLeft = { code: 130, stderr: '', left: [] };

/** Interrupts a demo, as Ctrl-C does. @returns how it ended, and the remaining processes */
async function interrupt(running: Running): Promise<{ code: number | null; stderr: string; left: number[] }> {
  const started = descendants(running.pid);
  expect(started.length).toBeGreaterThan(0);
  running.kill('SIGINT');
  const { code, stderr } = await running.ended;
  return { code, stderr, left: await survivors(started, 10) };
}

describe('the demo on a real Prefect server, interrupted', () => {
  it('leaves no process while the server starts', async () => {
    const running = demoOnPrefect();
    await running.printed(/takes about 11 s/);
    await sleep(3000);
    expect(await interrupt(running)).toEqual(nothingLeft);
  });

  it('leaves no process while dbt runs', async () => {
    const running = demoOnPrefect();
    await running.printed(/dbt-command-flow\/\S+ {2}Running/, 200_000);
    await sleep(2000);
    expect(await interrupt(running)).toEqual(nothingLeft);
  });

  it('reports that the server has died while dbt runs, and leaves no process', async () => {
    const running = demoOnPrefect();
    await running.printed(/dbt-command-flow\/\S+ {2}Running/, 200_000);
    const started = descendants(running.pid);
    const server = started.find((pid) => execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes('serve.py'));
    expect(server).toBeDefined();
    if (server) process.kill(server, 'SIGKILL');
    const { code, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/The demo failed: the Prefect server at http:\S+ ended unexpectedly \(SIGKILL\)/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(await survivors(started, 10)).toEqual([]);
  });
});
