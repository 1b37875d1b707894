import type { FlowRunId } from '@tributary/contract/id';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createStage, type Stage } from '../test-support/stage.ts';

let on: Stage;
let nightly: FlowRunId;
let load: FlowRunId;
let build: FlowRunId;
beforeAll(async () => {
  on = await createStage();
  const deployments = await Promise.all([on.deploy('shop', 'nightly'), on.deploy('load', 'orders'), on.deploy('dbt', 'build')]);
  [nightly, load, build] = await fail(deployments);
});
afterAll(() => on.close());

async function say(id: string, flags: readonly string[] = [], columns?: number): Promise<string> {
  const { code, stdout, stderr } = await on.command(['flow-run', 'inspect', id, ...flags], columns === undefined ? {} : { columns });
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

async function start(id: FlowRunId): Promise<FlowRunId> {
  for (const type of ['PENDING', 'RUNNING'] as const) await on.state(id, type);
  return id;
}

/** A run whose child fails because of a dbt node in a child of its own, and whose messages name the child, as those of Tributary's flows do. */
async function fail([shop, orders, dbt]: readonly [Deployment, Deployment, Deployment]): Promise<[FlowRunId, FlowRunId, FlowRunId]> {
  const top = await start(await on.trigger(shop, 'happy-otter'));
  const fetching = await on.task(top, 'fetch products');
  for (const type of ['RUNNING', 'COMPLETED'] as const) await on.taskState(fetching, type);
  const middle = await start(await on.child(top, orders, 'brave-fox'));
  const bottom = await start(await on.child(middle, dbt, 'quiet-owl'));
  const node = await on.task(bottom, 'model stage_products');
  const message = 'model stage_products failed: Catalog Error: Table with name products does not exist!';
  for (const type of ['RUNNING', 'FAILED'] as const) await on.taskState(node, type, type === 'FAILED' ? message : undefined);
  await on.client.createArtifact({
    body: {
      type: 'markdown',
      description: 'Compiled SQL of model stage_products',
      data: '```sql\nselect *\nfrom products\n```',
      flow_run_id: bottom,
      task_run_id: node,
    },
  });
  await on.log(bottom, 'Database Error in model stage_products', 40);
  const failed = `dbt build failed (exit code 1): 1 of 1 nodes failed\n${message}`;
  await on.log(bottom, `Flow run "quiet-owl" failed: ${failed}\nskipped: mart_products`, 40);
  await on.state(bottom, 'FAILED', failed);
  const named = (id: FlowRunId, name: string, deployment: string, why: string) =>
    `Flow run "${name}" (${id}) of deployment ${deployment} ended as Failed: ${why}`;
  await on.state(middle, 'FAILED', named(bottom, 'quiet-owl', 'dbt/build', failed));
  await on.state(top, 'FAILED', named(middle, 'brave-fox', 'load/orders', named(bottom, 'quiet-owl', 'dbt/build', failed)));
  return [top, middle, bottom];
}

/** The output of a command with the names of the runs in place of their ids, and without moments and lengths of time. */
function readable(text: string): string[] {
  const names = new Map([
    [nightly, 'NIGHTLY'],
    [load, 'LOAD'],
    [build, 'BUILD'],
  ]);
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => [...names].find(([known]) => known === id)?.[1] ?? id)
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'DATE')
    .replace(/\d\d:\d\d:\d\d/g, 'TIME')
    .replace(/\d+\.\d\d s/g, 'N s')
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/(?<=\S) {2,}/g, '  '));
}

it('a failed run is shown with what failed down to the dbt node, when, why, and what to rerun', async () => {
  expect(readable(await say(nightly))).toEqual([
    'Flow run  shop/happy-otter',
    'Id  NIGHTLY',
    'Deployment  shop/nightly',
    'State  Failed',
    'Due  DATE',
    'Started  DATE',
    'Ended  DATE',
    'Took  N s',
    'Attempts  1',
    'Parameters  {}',
    'Pool and queue  tributary / default',
    '',
    'CHILD RUN  DEPLOYMENT  STATE  TOOK  ID',
    'load/brave-fox  load/orders  Failed  N s  LOAD',
    '',
    'TASK  STATE  TOOK  MESSAGE',
    'fetch products  Completed  N s',
    '',
    'WHAT FAILED  STATE  STARTED  ENDED  ATTEMPT',
    'shop/happy-otter  Failed  DATE  DATE  1',
    '└ load/brave-fox  Failed  DATE  DATE  1',
    '  └ dbt/quiet-owl  Failed  DATE  DATE  1',
    '    └ model stage_products  Failed  DATE  DATE  1',
    '',
    'WHY',
    '  model stage_products failed: Catalog Error: Table with name products does not exist!',
    '',
    '  Last errors in the log of dbt/quiet-owl, whole log: npx tributary flow-run logs BUILD',
    '    TIME  Database Error in model stage_products',
    '    TIME  Flow run "quiet-owl" failed: dbt build failed (exit code 1): 1 of 1 nodes failed',
    '',
    '  Compiled SQL of model stage_products:',
    '    select *',
    '    from products',
    '',
    'RERUN',
    '  npx tributary flow-run retry NIGHTLY',
    '  shop/happy-otter failed because of dbt/quiet-owl. Its next attempt keeps completed child runs, and continues those that failed.',
  ]);
});

it('a failed child names its parent, and the run to retry is the outermost that failed because of it', async () => {
  const lines = readable(await say(build));
  expect(lines).toContain('Parent  load/brave-fox  Failed  LOAD');
  expect(lines).toContain('  npx tributary flow-run retry NIGHTLY');
});

it('a running parent waits for what its child waits for, and children are in the order of their starts', async () => {
  await on.client.createWorkPool({ body: { name: 'gpu', type: 'tributary' } });
  const top = await start(await on.trigger(await on.deploy('waiting', 'parent')));
  await on.child(top, await on.deploy('waiting', 'later', { work_pool_name: 'gpu' }), 'a-third');
  for (const name of ['b-first', 'a-second']) await start(await on.child(top, await on.deploy('waiting', name), name));
  const text = await say(top);
  expect(text).toContain('waiting/a-third: No worker of work pool "gpu" is online. Start one: npx tributary worker start --pool gpu\n');
  expect(text.match(/^waiting\/\S+(?= .* [0-9a-f-]{36}$)/gm)).toEqual(['waiting/b-first', 'waiting/a-second', 'waiting/a-third']);
});

it('--json has all of it', async () => {
  expect(JSON.parse(await say(load, ['--json']))).toMatchObject({
    flow_name: 'load',
    deployment: 'load/orders',
    parent_flow_run: { id: nightly },
    child_flow_runs: [{ id: build }],
    failure: {
      chain: [{ id: load }, { id: build }, { name: 'model stage_products' }],
      others: [],
      compiled_sql: 'select *\nfrom products',
    },
    rerun: { command: `npx tributary flow-run retry ${nightly}` },
  });
});

it('a changed deployment is named, as its new code will run', async () => {
  const deployment = await on.deploy('changing', 'daily');
  const id = await start(await on.trigger(deployment));
  await on.state(id, 'FAILED', 'boom');
  expect(await say(id)).not.toContain('the new code will run');
  await on.deploy('changing', 'daily', { version: '2' });
  expect(await say(id)).toMatch(
    /RERUN\n {2}npx tributary flow-run retry .*\n.*\n {2}Deployment changing\/daily was changed at .*: the new code will run\./,
  );
});

it('a deployment whose code is the same is not one with new code, although a deploy or a person has changed it', async () => {
  const withCode = (hash: string, more = {}) => on.deploy('edited', 'daily', { labels: { [labelNames.closure]: hash }, ...more });
  const id = await start(await on.trigger(await withCode('same')));
  await on.state(id, 'FAILED', 'boom');
  await withCode('same', { description: 'edited', paused: true });
  expect(await say(id)).not.toContain('the new code will run');
  await withCode('other');
  expect(await say(id)).toContain('the new code will run');
});

it('a mistake in the code is named with its file and line, and skipped dbt nodes are not failures', async () => {
  const id = await start(await on.trigger(await on.deploy('mistaken', 'daily', { path: 'ints/shop' })));
  const failing = await on.task(id, 'load-0');
  const message = 'TypeError: x is not a function\nin two lines';
  for (const type of ['RUNNING', 'FAILED'] as const) await on.taskState(failing, type, type === 'FAILED' ? message : undefined);
  const skipped = { type: 'CANCELLED' as const, name: 'Skipped', message: 'because load-0 failed' };
  await on.client.setTaskRunState({ path: { id: await on.task(id, 'model mart') }, body: { state: skipped } });
  await on.log(id, `Flow run "a" failed: Task "load-0" failed: ${message} (flows/load.ts:12:9)`, 40);
  await on.state(id, 'FAILED', `Task "load-0" failed: ${message}`);
  const text = await say(id);
  expect(text).toContain(
    `RERUN\n  If the mistake is in the code, correct it first: ints/shop/flows/load.ts:12:9.\n  npx tributary flow-run retry ${id}\n`,
  );
  expect(text).toMatch(/^load-0 +Failed +\d\.\d\d s +TypeError: x is not a function …$/m);
  expect(text).toMatch(/^model mart +Skipped +\S.* +because load-0 failed$/m);
  expect(text).not.toContain('Failed beside it');
});

it('the deployment that was deleted, and the pool that was deleted, are to be mended first', async () => {
  const gone = await on.deploy('gone', 'daily');
  const id = await start(await on.trigger(gone));
  await on.state(id, 'FAILED', 'boom');
  await on.client.deleteDeployment({ path: { id: gone.id } });
  expect(await say(id)).toMatch(/RERUN\n {2}The deployment of gone\/\S+ was deleted\. Deploy it again: npx nx run-many -t deploy\n/);
  await on.client.createWorkPool({ body: { name: 'short-lived', type: 'tributary' } });
  const dry = await start(
    await on.trigger(await on.deploy('dry', 'daily', { work_pool_name: 'short-lived', parameters: { day: "it's" } })),
  );
  await on.state(dry, 'FAILED', 'boom');
  await on.client.deleteWorkPool({ path: { pool: 'short-lived' } });
  const text = await say(dry);
  expect(text).toMatch(/The work pool of dry\/\S+ was deleted/);
  expect(text).toContain(`npx tributary flow-run retry ${dry}`);
  await on.client.createWorkPool({ body: { name: 'short-lived', type: 'tributary' } });
  await on.deploy('dry', 'daily', { work_pool_name: 'short-lived' });
  expect(await say(dry)).toMatch(new RegExp(`RERUN\\n {2}npx tributary flow-run retry ${dry}\\n`));
  expect((await on.command(['flow-run', 'retry', dry])).code).toBe(0);
  const { data: offered } = await on.client.getScheduledFlowRuns({ path: { pool: 'short-lived' }, body: {} });
  expect(offered.map(({ flow_run }) => flow_run.id)).toEqual([dry]);
});

it('a cancelled run says who cancelled it, and a completed one what it returned and which worker ran it', async () => {
  const top = await start(await on.trigger(await on.deploy('cancelled', 'parent'), 'top'));
  const child = await on.child(top, await on.deploy('cancelled', 'child'), 'below');
  await on.client.setFlowRunState({
    path: { id: top },
    body: { state: { type: 'CANCELLING', message: 'Cancelled from the command line.' } },
  });
  await on.state(top, 'CANCELLED');
  const text = await say(child);
  expect(text).toMatch(/Cancelled +\S+ \S+ {2}Cancelled from the command line\. \(with top\)\n/);
  expect(text).toContain(`npx tributary flow-run retry ${top}`);
  const completed = await start(await on.trigger(await on.deploy('done', 'daily')));
  await on.client.updateFlowRunLabels({ path: { id: completed }, body: { 'tributary.worker': 'w1' } });
  await on.client.setFlowRunState({
    path: { id: completed },
    body: { state: { type: 'COMPLETED', data: { value: { rows: 'x'.repeat(500) } } } },
  });
  const shown = await say(completed);
  expect(shown).toMatch(/Result +\{"rows":"x{291} … \(--json prints all\)\n/);
  expect(shown).toMatch(/Worker +w1\n/);
  expect(shown).not.toContain('RERUN');
});

it('a run of fetched code says which commit of which repository it ran, with a link', async () => {
  const id = await start(await on.trigger(await on.deploy('fetched', 'daily')));
  const code = { repository: 'https://github.com/acme/data.git', commit: `1a2b3c4d5e6f${'0'.repeat(28)}`, tree: 'b'.repeat(40) };
  const url = `https://github.com/acme/data/commit/${code.commit}`;
  const { codeRepository, codeCommit, codeTree } = labelNames;
  await on.client.updateFlowRunLabels({
    path: { id },
    body: { [codeRepository]: code.repository, [codeCommit]: code.commit, [codeTree]: code.tree },
  });
  expect(await say(id)).toMatch(
    new RegExp(`^Code +commit 1a2b3c4d5e6f of https://github\\.com/acme/data\\.git \\(tree b{12}\\)\n +${url}$`, 'm'),
  );
  expect(JSON.parse(await say(id, ['--json']))).toMatchObject({ code: { ...code, url } });
  expect(JSON.parse(await say(nightly, ['--json']))).toMatchObject({ code: null });
});

it('--tree prints the run with its tasks and descendants, with bars over time on a terminal', async () => {
  expect(readable(await say(nightly, ['--tree']))).toEqual([
    'shop/happy-otter  Failed  N s',
    '├ fetch products  Completed  N s',
    '└ load/brave-fox  Failed  N s',
    '  └ dbt/quiet-owl  Failed  N s',
    '    └ model stage_products  Failed  N s',
  ]);
  const drawn = (await say(nightly, ['--tree'], 100)).trimEnd().split('\n');
  expect(Math.max(...drawn.map((line) => line.length))).toBe(100);
  expect(drawn.filter((line) => line.includes('█'))).toHaveLength(5);
});
