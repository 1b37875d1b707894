import { realpathSync } from 'node:fs';

import { createClient, fetchTransport } from '@tributary/contract/client';
import { fromMillis } from '@tributary/contract/moment';
import { routes } from '@tributary/contract/routes';
import { describe, expect, it } from 'vitest';

import { openStage } from './test-support/stage.ts';

describe('a worker', () => {
  it.concurrent('creates its pool, executes a scheduled run, and writes a complete ticket for the host', async ({ onTestFinished }) => {
    const { server, deployment, root, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work();
    const id = server.addRun(deployment, { do: 'complete', n: 1 });
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    expect(server.pools.get('tributary')).toMatchObject({ type: 'tributary' });
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Submitting', 'Running', 'Completed']);
    const { ticket, cwd } = await stage.host(id);
    expect(cwd).toBe(realpathSync(root));
    expect(ticket).toMatchObject({
      version: 3,
      flowRunId: id,
      flowRunName: 'run-1',
      deployment: { id: deployment.id, name: 'deployed' },
      claimedStateId: server.rows.get(id)?.states[2]?.id,
      claim: server.rows.get(id)?.claim,
      attempt: 1,
      api: { url: server.url },
      root,
      cwd: `${root}/ints/one`,
      entrypoint: `${root}/ints/one/flow.ts:work`,
      tags: ['tagged'],
      parameters: { n: 1 },
      code: null,
    });
    expect(server.rows.get(id)?.run.labels).toEqual({ 'tributary.worker': 'w1', 'tributary.boot': worker.boot });
    await stage.until('the pid', () => /:\d+$/.test(server.rows.get(id)?.run.infrastructure_pid ?? ''));
  });

  it.concurrent('passes on an integer of any size in the parameters', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    await stage.work();
    const parameters = { do: 'complete', id: 356686000032329832n, ids: [1, -18446744073709551616n, { id: 9007199254740993n }] };
    const id = server.addRun(deployment, parameters);
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    expect((await stage.host(id)).ticket.parameters).toEqual(parameters);
  });

  it.concurrent('sends its name, its interval and the id of its process with each heartbeat', async ({ onTestFinished }) => {
    const { server, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work({ heartbeatSeconds: 0.1, name: 'beating' });
    await stage.until('three heartbeats', () => server.asked('/workers/heartbeat').length > 2);
    const [first] = server.asked('/workers/heartbeat');
    expect(first?.headers['tributary-boot']).toBe(worker.boot);
    expect(first?.body).toEqual({ name: 'beating', heartbeat_interval_seconds: 0.1 });
  });

  it.concurrent('executes no more runs than its limit, and takes the next run as soon as one ends', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const ids = Array.from({ length: 5 }, () => server.addRun(deployment, { do: 'wait' }));
    const inState = (...types: string[]) => ids.filter((id) => types.includes(server.state(id).type));
    await stage.work({ limit: 2 });
    for (let left = ids.length; left > 0; left -= 1) {
      await stage.until(`the runs of ${left}`, () => inState('RUNNING').length === Math.min(2, left));
      expect(inState('PENDING', 'RUNNING')).toHaveLength(Math.min(2, left));
      await stage.finish(inState('RUNNING')[0] ?? '');
      await stage.until(`the end of ${left}`, () => inState('COMPLETED').length === ids.length - left + 1);
    }
    const limits = server.asked('/get_scheduled_flow_runs').map(({ body }) => Object(body).limit);
    expect(Math.max(...limits)).toBe(2);
  });

  it.concurrent('skips a run that another worker has claimed, without logging anything', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const id = server.addRun(deployment, { do: 'complete' });
    server.intercept = ({ path }) => {
      if (path.endsWith('/set_state') && server.state(id).type === 'SCHEDULED') server.write(id, { type: 'PENDING' });
      return undefined;
    };
    await stage.work();
    await stage.until('the attempt', () => server.asked('/set_state').length === 1);
    const next = server.addRun(deployment, { do: 'complete' });
    await stage.until('the next', () => server.state(next).type === 'COMPLETED');
    expect(server.history(id)).toEqual(['Scheduled', 'Pending']);
    expect(stage.said.filter((line) => line.includes('run-1'))).toEqual([]);
  });

  it.concurrent('still executes other runs if one run can never be claimed', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const stuck = server.addRun(deployment, { do: 'complete' });
    server.intercept = ({ path }) =>
      path === `/flow_runs/${stuck}/set_state`
        ? { status: 200, body: { state: server.state(stuck), status: 'ABORT', details: { type: 'abort_details' } } }
        : undefined;
    await stage.work({ limit: 1 });
    await stage.until('a refusal', () => server.asked(`${stuck}/set_state`).length > 0);
    const next = server.addRun(deployment, { do: 'complete' });
    await stage.until('the next', () => server.state(next).type === 'COMPLETED');
    expect(server.asked(`${stuck}/set_state`)).toHaveLength(1);
    expect(server.asked('/get_scheduled_flow_runs').length).toBeLessThan(15);
  });

  it.concurrent('claims a run that waited for a slot of its deployment as soon as it is offered again', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const id = server.addRun(deployment, { do: 'complete' });
    const first = server.state(id);
    const asked: number[] = [];
    server.intercept = ({ path }) => {
      if (!path.endsWith('/set_state')) return undefined;
      asked.push(performance.now());
      if (server.state(id) !== first) return undefined;
      const state = server.write(id, { type: 'SCHEDULED', name: 'AwaitingConcurrencySlot' });
      return { status: 200, body: { state, status: 'REJECT', details: { type: 'reject_details', reason: 'No slot.' } } };
    };
    await stage.work();
    await stage.until('its end', () => server.state(id).type === 'COMPLETED', 20);
    const [refused = 0, again = Infinity] = asked;
    // A refused run is skipped for ten seconds if it is offered in the same state.
    expect(again - refused).toBeLessThan(8_000);
  });

  it.concurrent('keeps its claim if the answer to the claim was lost', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const id = server.addRun(deployment, { do: 'complete' });
    let lost = false;
    server.intercept = async (request) => {
      if (lost || !request.path.endsWith('/set_state')) return undefined;
      lost = true;
      const { url } = server;
      await fetch(`${url}${request.path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'tributary-worker': 'w1',
          'tributary-boot': String(request.headers['tributary-boot']),
        },
        body: JSON.stringify(request.body),
      });
      return { status: 503 };
    };
    await stage.work();
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    expect((await stage.host(id)).ticket.claim).toBe(server.rows.get(id)?.claim);
  });

  it.concurrent('survives an outage: logs it once, keeps its run, and registers again', async ({ onTestFinished }) => {
    const { server, deployment, said, ...stage } = await openStage(onTestFinished);
    let failures = 0;
    const client = createClient(routes, {
      url: server.url,
      patience: 5,
      transport: (request) =>
        fetchTransport(request).catch((error: unknown) => {
          failures += 1;
          throw error;
        }),
    });
    await stage.work({ heartbeatSeconds: 0.2, client });
    const living = server.addRun(deployment, { do: 'wait' });
    await stage.host(living);
    await server.stop();
    await stage.until('the message', () => said.some((line) => line.includes('keeps trying')));
    await stage.until('more failures', () => failures >= 5);
    server.pools.clear();
    server.workers.clear();
    await server.start();
    await stage.until('the end of the outage', () => said.includes('The server answers again.'));
    expect(server.pools.has('tributary')).toBe(true);
    expect(server.workers.has('w1')).toBe(true);
    await stage.finish(living);
    await stage.until('the living run', () => server.state(living).type === 'COMPLETED');
    const next = server.addRun(deployment, { do: 'complete' });
    await stage.until('the next run', () => server.state(next).type === 'COMPLETED');
    expect(said.filter((line) => line.includes('keeps trying'))).toHaveLength(1);
  });

  it.concurrent('reports a run that it claimed and lost in an outage as Crashed', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished);
    const worker = await stage.work();
    await server.stop();
    await stage.until('the outage', () => stage.said.length > 0);
    const id = server.addRun(deployment, {}, { labels: { 'tributary.worker': 'w1', 'tributary.boot': worker.boot } });
    server.write(id, { type: 'PENDING' });
    await server.start();
    await stage.until('CRASHED', () => server.state(id).type === 'CRASHED');
    expect(server.state(id).message).toContain('"w1" lost this run');
  });

  it.concurrent('refuses to start on a pool of another type or with numbers out of range', async ({ onTestFinished }) => {
    const { server, ...stage } = await openStage(onTestFinished);
    await stage.work();
    const pool = server.pools.get('tributary');
    if (pool) server.pools.set('python', { ...pool, name: 'python', type: 'process' });
    await expect(stage.work({ pool: 'python' })).rejects.toThrow('"python" is of type "process"');
    await expect(stage.work({ limit: 0 })).rejects.toThrow('limit is 0');
    await expect(stage.work({ prestart: -1 })).rejects.toThrow('prestart is -1');
  });
});

describe('on a plain Prefect server, a worker', () => {
  it.concurrent('polls, claims without a token, writes the labels itself, and writes no claim into the ticket', async ({
    onTestFinished,
  }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, []);
    const id = server.addRun(deployment, { do: 'complete' });
    const worker = await stage.work();
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    expect(server.rows.get(id)?.run.labels).toEqual({ 'tributary.worker': 'w1', 'tributary.boot': worker.boot });
    expect((await stage.host(id)).ticket.claim).toBeNull();
    expect(server.asked('/get_scheduled_flow_runs')[0]?.headers['prefer']).toBeUndefined();
    expect(Object(server.asked('/get_scheduled_flow_runs')[0]?.body).scheduled_before).toBeTypeOf('string');
  });

  it.concurrent('settles only the runs of its earlier processes and of silent workers', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, []);
    const held = (worker: string) => {
      const id = server.addRun(deployment, {}, { labels: { 'tributary.worker': worker, 'tributary.boot': crypto.randomUUID() } });
      server.write(id, { type: 'RUNNING' });
      return id;
    };
    await stage.work({ name: 'other', heartbeatSeconds: 60 });
    const other = server.workers.get('other');
    const last_heartbeat_time = fromMillis(Date.now() - 60_000);
    if (other) server.workers.set('gone', { ...other, name: 'gone', last_heartbeat_time, heartbeat_interval_seconds: 0.2 });
    await stage.until('the first search', () => server.asked('/flow_runs/filter').length === 1);
    const [own, silent, living] = [held('w1'), held('gone'), held('other')];
    const foreign = server.addRun(deployment, {});
    server.write(foreign, { type: 'RUNNING' });
    await stage.work({ name: 'w1', heartbeatSeconds: 0.3 });
    await stage.until('both', () => [own, silent].every((id) => server.state(id).type === 'CRASHED'));
    expect(server.state(own).message).toContain('Worker "w1" restarted');
    expect(server.state(silent).message).toContain('"gone" held this run and stopped sending heartbeats');
    expect([living, foreign].map((id) => server.state(id).type)).toEqual(['RUNNING', 'RUNNING']);
  });

  it.concurrent('does not end a run that another process holds by now', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, []);
    const worker = await stage.work();
    const id = server.addRun(deployment, { do: 'hang' });
    const { pid } = await stage.host(id);
    await stage.until('RUNNING', () => server.state(id).type === 'RUNNING');
    const row = server.rows.get(id);
    if (row) row.run = { ...row.run, labels: { 'tributary.worker': 'w2', 'tributary.boot': crypto.randomUUID() } };
    process.kill(pid, 'SIGKILL');
    await stage.until('the check', () => server.requests.some(({ method, path }) => method === 'GET' && path === `/flow_runs/${id}`));
    await worker.stop();
    expect(server.state(id).type).toBe('RUNNING');
  });
});
