import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { watchFlowRun } from '../index.ts';
import { createStage, type Stage } from '../test-support/stage.ts';

/** A proxy in front of the server. The proxy can stop answering, and can be closed. */
async function openLine(port: number) {
  const sockets: Socket[] = [];
  let held = false;
  const line = createServer((from) => {
    sockets.push(from.on('error', () => undefined));
    if (held) return;
    const to = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(to);
    from.pipe(to).pipe(from);
  }).listen(0, '127.0.0.1');
  await once(line, 'listening');
  const { port: own } = z.object({ port: z.int() }).parse(line.address());
  return {
    url: `http://127.0.0.1:${own}/api`,
    hold: () => {
      held = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: () => {
      line.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe.concurrent('a watched run', () => {
  let on: Stage;
  beforeAll(async () => {
    on = await createStage();
  });
  afterAll(() => on.close());

  it('is shown after its end in the order in which it and its child changed, with the first line of each message', async () => {
    const [shop, dbt] = [await on.deploy('history', 'shop'), await on.deploy('history', 'dbt')];
    const top = await on.trigger(shop, 'top');
    for (const type of ['PENDING', 'RUNNING'] as const) await on.state(top, type);
    const below = await on.child(top, dbt, 'below');
    for (const type of ['PENDING', 'RUNNING'] as const) await on.state(below, type);
    await on.state(below, 'FAILED', 'dbt build failed\nmodel orders failed');
    await on.state(top, 'FAILED', 'Flow run "below" failed: dbt build failed\nmodel orders failed');
    const { stdout } = await on.command(['flow-run', 'watch', top]);
    expect(stdout.match(/(?<=^\S+ +)history.*/gm)?.map((line) => line.replace(/\d+\.\d\d s/, 'N s'))).toEqual([
      'history/top  Scheduled',
      'history/top  Pending',
      'history/top  Running',
      'history/top  → child run of history/dbt created: history/below',
      'history/below  Scheduled',
      'history/below  Pending',
      'history/below  Running',
      'history/below  Failed  N s  dbt build failed …',
      'history/top  Failed  N s  Flow run "below" failed …',
    ]);
  });

  it('says the text of a failure once, where it happened, and ends with what to do next', async () => {
    const [shop, dbt] = [await on.deploy('once', 'shop'), await on.deploy('once', 'dbt')];
    const top = await on.trigger(shop, 'top-once');
    for (const type of ['PENDING', 'RUNNING'] as const) await on.state(top, type);
    const below = await on.child(top, dbt, 'below-once');
    for (const type of ['PENDING', 'RUNNING'] as const) await on.state(below, type);
    const retried = await on.task(below, 'retried');
    await on.client.setTaskRunState({
      path: { id: retried },
      body: { state: { type: 'SCHEDULED', name: 'AwaitingRetry', message: 'the log says it' } },
    });
    const node = 'model orders failed: Runtime Error in model orders (models/orders.sql)\n  Parser Error: no such column';
    await on.taskState(await on.task(below, 'model orders'), 'FAILED', node);
    for (const name of ['load-0', 'load-1']) await on.taskState(await on.task(below, name), 'FAILED', 'TypeError: x is not a function');
    const dbtFailed = `dbt build failed (exit code 1): 1 of 2 nodes failed\n${node}\ncompiled SQL: npx tributary flow-run inspect ${below}`;
    await on.log(below, '  Runtime Error in model orders (models/orders.sql)\n  Parser Error: no such column', 40);
    await on.log(below, 'a line of the flow itself', 40);
    await on.log(below, 'a line of the flow itself', 40);
    await on.log(below, `Flow run "below-once" failed: ${dbtFailed} (flows/dbt.ts:12:9)`, 40);
    await on.state(below, 'FAILED', dbtFailed);
    const named = `Flow run "below-once" (${below}) of deployment once/dbt ended as Failed`;
    await on.log(top, `Flow run "top-once" failed: ${named}: ${dbtFailed}`, 40);
    await on.state(top, 'FAILED', `${named}: ${dbtFailed}`);
    const { code, stdout } = await on.command(['flow-run', 'watch', top]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/○ retried {2}AwaitingRetry$/m);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(lines.findIndex((line) => line.includes('✗'))).map((line) => line.replace(/^\S+ +once/, 'once'))).toEqual([
      `once/below-once  ✗ model orders  Failed  ${node.split('\n')[0]}`,
      expect.stringMatching(/^ +Parser Error: no such column$/),
      'once/below-once  ✗ load-0  Failed  TypeError: x is not a function',
      'once/below-once  ✗ load-1  Failed  TypeError: x is not a function',
      'once/below-once  | ERROR a line of the flow itself',
      'once/below-once  | ERROR a line of the flow itself',
      'once/below-once  | ERROR Flow run "below-once" failed: dbt build failed (exit code 1): 1 of 2 nodes failed',
      expect.stringMatching(/^ +compiled SQL: npx tributary flow-run inspect [0-9a-f-]+ \(flows\/dbt\.ts:12:9\)$/),
      expect.stringMatching(/^once\/below-once {2}Failed {2}\d+\.\d\d s$/),
      `once/top-once  | ERROR Flow run "top-once" failed: ${named}`,
      expect.stringMatching(/^once\/top-once {2}Failed {2}\d+\.\d\d s$/),
      `Flow run top-once is Failed. Why, and what to rerun: npx tributary flow-run inspect ${top}`,
    ]);
  });

  it('that is retried with --watch shows its new attempt only, and the child run that goes on in it', async () => {
    const top = await on.trigger(await on.deploy('again', 'shop'), 'top-again');
    for (const type of ['PENDING', 'RUNNING'] as const) await on.state(top, type);
    const below = await on.child(top, await on.deploy('again', 'dbt'), 'below-again');
    for (const type of ['PENDING', 'RUNNING', 'FAILED'] as const) await on.state(below, type, 'the first time');
    await on.state(top, 'FAILED', 'the first time');
    const retrying = on.call(['flow-run', 'retry', top, '--watch']);
    await retrying.printed(/top-again {2}AwaitingRetry/);
    for (const type of ['PENDING', 'RUNNING'] as const) await on.state(top, type);
    await retrying.printed(/top-again {2}Running/);
    expect((await on.command(['flow-run', 'retry', below])).code).toBe(0);
    for (const type of ['PENDING', 'RUNNING', 'COMPLETED'] as const) await on.state(below, type);
    await retrying.printed(/below-again {2}Completed/);
    await on.state(top, 'COMPLETED');
    const { code, stdout } = await retrying.ended;
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe('Flow run top-again will run again (attempt 2).');
    expect(stdout).not.toMatch(/the first time|Failed|Scheduled$/m);
  });

  it('shows its states, tasks with seconds and rows, logs, and the child run that outlives it', async () => {
    const dbt = await on.deploy('dbt', 'build');
    await on.deploy('export', 'products');
    const watching = on.call(['deployment', 'run', 'export/products', '--watch', '--name', 'parent']);
    const [, id = ''] = await watching.printed(/\(([0-9a-f-]{36})\)/);
    const { data: run } = await on.client.readFlowRun({ path: { id } });
    await on.state(run.id, 'PENDING');
    await on.state(run.id, 'RUNNING');
    const fetching = await on.task(run.id, 'fetch products');
    await on.taskState(fetching, 'RUNNING');
    await watching.printed(/fetch products {2}Running/);
    await on.log(run.id, 'page 1\npage 2 \u001B[2J');
    await on.log(run.id, 'slow answer', 30);
    await on.log(run.id, 'for debugging', 10);
    await on.taskState(fetching, 'COMPLETED', '194 rows');
    const child = await on.child(run.id, dbt, 'dbt-run');
    await on.state(run.id, 'COMPLETED');
    await watching.printed(/export\/parent {2}Completed/);
    await on.state(child, 'PENDING');
    await on.state(child, 'RUNNING');
    await watching.printed(/dbt\/dbt-run {2}Running/);
    const model = await on.task(child, 'stage_products');
    await on.taskState(model, 'RUNNING');
    await on.taskState(model, 'FAILED', 'Catalog Error');
    await on.state(child, 'FAILED', 'dbt build failed');
    const { code, stdout, stderr } = await watching.ended;

    const clock = /^\d\d:\d\d:\d\d {2}/;
    const lines = stdout.split('\n').map((line) => line.replace(clock, '').replace(/\d+\.\d\d s/, 'N s'));
    expect(lines).toEqual(
      expect.arrayContaining([
        'export/parent  Scheduled',
        'export/parent  Pending',
        'export/parent  Running',
        'export/parent  ✓ fetch products  N s  194 rows',
        'export/parent  | page 1',
        '          page 2',
        'export/parent  | WARNING slow answer',
        'export/parent  → child run of dbt/build created: dbt/dbt-run',
        'export/parent  Completed  N s',
        'dbt/dbt-run  ✗ stage_products  Failed  N s  Catalog Error',
        'dbt/dbt-run  Failed  N s  dbt build failed',
      ]),
    );
    expect(new Set(lines).size).toBe(lines.length);
    expect(stdout).not.toContain('for debugging');
    expect(stdout).not.toMatch(/[○✓✗–] run dbt-run/);
    expect(stdout).not.toContain('\u001B');
    expect(stderr).toBe('');
    // The named run completed. A child that it launched without waiting doesn't count.
    expect(code).toBe(0);
  });

  it('that failed gives exit code 1, and is printed as JSON', async () => {
    const deployment = await on.deploy('export', 'failing');
    const id = await on.trigger(deployment, 'doomed');
    const watching = on.call(['flow-run', 'watch', id, '--json']);
    await on.state(id, 'PENDING');
    await on.state(id, 'RUNNING');
    await on.state(id, 'FAILED', 'ENOENT: no such file');
    const { code, stdout, stderr } = await watching.ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ id, state_type: 'FAILED', child_flow_runs: [] });
    expect(stderr).toContain('ENOENT: no such file');
  });

  it('continues when the watcher is interrupted, and the watcher says so', async () => {
    const id = await on.trigger(await on.deploy('export', 'long'), 'long');
    const watching = on.start(['flow-run', 'watch', 'long']);
    await watching.printed(/Scheduled/);
    watching.kill('SIGINT');
    const { code, stderr } = await watching.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('the run continues');
    expect(stderr).toContain(`flow-run cancel ${id}`);
    const { data: run } = await on.client.readFlowRun({ path: { id } });
    expect(run.state_type).toBe('SCHEDULED');
  });

  it("can be interrupted while the server doesn't answer, and says what to do when the server is gone", async () => {
    const id = await on.trigger(await on.deploy('export', 'silent'));
    const line = await openLine(Number(new URL(on.url).port));
    const watching = ['hanging', 'losing'].map(() => on.start(['flow-run', 'watch', id, '--url', line.url]));
    await Promise.all(watching.map((each) => each.printed(/Scheduled/)));
    line.hold();
    await sleep(600);
    const asked = performance.now();
    watching[0]?.kill('SIGINT');
    expect((await watching[0]?.ended)?.code).toBe(130);
    expect(performance.now() - asked).toBeLessThan(10_000);
    line.close();
    const lost = await watching[1]?.ended;
    expect([lost?.code, lost?.stderr]).toEqual([1, expect.stringMatching(/got no answer within 5 s.*npx tributary flow-run watch /)]);
  });

  it('is shown with what it waits for while no worker claims it', async () => {
    const id = await on.trigger(await on.deploy('export', 'waiting'));
    const watching = on.start(['flow-run', 'watch', id]);
    await watching.printed(/is online/);
    watching.kill('SIGINT');
    const { stdout } = await watching.ended;
    const reason = 'No worker of work pool "tributary" is online. Start one: npx tributary worker start';
    expect(stdout).toContain(`is waiting. ${reason}`);
    expect((await on.command(['flow-run', 'inspect', id])).stdout).toMatch(new RegExp(`Waits for +${reason}`));
  });

  it('is watched without its child runs with --no-children', async () => {
    const dbt = await on.deploy('dbt', 'build');
    const id = await on.trigger(await on.deploy('export', 'alone'), 'alone');
    await on.state(id, 'PENDING');
    await on.state(id, 'RUNNING');
    await on.child(id, dbt, 'left');
    await on.state(id, 'COMPLETED');
    const { code, stdout, stderr } = await on.command(['flow-run', 'watch', id, '--no-children']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('child run of dbt/build created: dbt/left');
    expect(stdout).not.toMatch(/dbt\/left {2}Scheduled/);
  });

  it('shows each of its hundreds of tasks exactly once', async () => {
    const id = await on.trigger(await on.deploy('export', 'mapped'), 'mapped');
    await on.state(id, 'PENDING');
    await on.state(id, 'RUNNING');
    const lines: string[] = [];
    const watching = watchFlowRun({ client: on.client, id, print: (line) => lines.push(line), interval: 50 });
    const names = Array.from({ length: 230 }, (_, index) => `task ${index}`);
    for (let begin = 0; begin < names.length; begin += 46)
      await Promise.all(
        names.slice(begin, begin + 46).map(async (name) => {
          const task = await on.task(id, name);
          await on.taskState(task, 'RUNNING');
          await sleep(20);
          await on.taskState(task, 'COMPLETED');
        }),
      );
    await on.state(id, 'COMPLETED');
    const [run] = await watching;
    expect(run?.state_type).toBe('COMPLETED');
    const ended = lines.flatMap((line) => /✓ (task \d+)/.exec(line)?.[1] ?? []);
    expect(ended.toSorted()).toEqual(names.toSorted());
  });
});

it('a child run that ended badly long ago is followed again when its parent retries it', async ({ onTestFinished }) => {
  const on = await createStage();
  onTestFinished(() => on.close());
  const top = await on.trigger(await on.deploy('late', 'shop'), 'top-late');
  for (const type of ['PENDING', 'RUNNING'] as const) await on.state(top, type);
  const below = await on.child(top, await on.deploy('late', 'dbt'), 'below-late');
  for (const type of ['PENDING', 'RUNNING', 'FAILED'] as const) await on.state(below, type);
  const now = performance.now.bind(performance);
  let passed = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + passed);
  onTestFinished(() => clock.mockRestore());
  const lines: string[] = [];
  const watching = watchFlowRun({ client: on.client, id: top, print: (line) => lines.push(line), interval: 50 });
  const printed = async (line: RegExp) => {
    await expect.poll(() => lines.join('\n'), { timeout: 30_000 }).toMatch(line);
  };
  await printed(/below-late {2}Failed/);
  passed = 60_000;
  expect((await on.command(['flow-run', 'retry', below])).code).toBe(0);
  for (const type of ['PENDING', 'RUNNING', 'COMPLETED'] as const) await on.state(below, type);
  await printed(/below-late {2}Completed/);
  await on.state(top, 'COMPLETED');
  expect((await watching).map(({ state_type }) => state_type)).toEqual(['COMPLETED', 'COMPLETED']);
});
