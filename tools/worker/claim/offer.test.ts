import { setImmediate as nextTurn } from 'node:timers/promises';

import type { FlowRunId } from '@tributary/contract/id';
import { createClock } from '@tributary/contract/moment';
import { headers } from '@tributary/contract/routes/route';
import { describe, expect, it } from 'vitest';

import type { FakeServer } from '../test-support/fake-server/fake-server.ts';
import { openStage } from '../test-support/stage.ts';

const plain: [] = [];

/** Stands in for another worker that executes the run. The run fails. @param clock gives the timestamps of the run's states */
function executeElsewhere(server: FakeServer, id: FlowRunId, clock = createClock()): void {
  for (const type of ['PENDING', 'RUNNING', 'FAILED'] as const) server.write(id, { type, message: 'as it was' }, clock());
  const row = server.rows.get(id);
  if (row) row.run = { ...row.run, run_count: row.run.run_count + 1 };
}

/** Calls `act` before the server handles the first request that fits. */
function atFirst(server: FakeServer, fits: (method: string, path: string) => boolean, act: () => void): void {
  let done = false;
  server.intercept = ({ method, path }) => {
    if (!done && fits(method, path)) {
      done = true;
      act();
    }
    return undefined;
  };
}

const isProposal = (method: string, path: string): boolean => method === 'POST' && path.endsWith('/set_state');
const isRead = (method: string, path: string): boolean => method === 'GET' && path.startsWith('/flow_runs/');

describe.concurrent.each([
  ['a server with claims', undefined],
  ['a plain Prefect server', plain],
])('on %s a claim', (_, features) => {
  const isPlain = features !== undefined;
  it.concurrent('names the state in which the run was offered', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const id = server.addRun(deployment, { do: 'complete' });
    const offered = server.state(id).id;
    await stage.work();
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    const [claim, ...others] = server.asked('/set_state').map((request) => request.headers[headers.offered]);
    expect(claim).toBe(offered);
    expect(others.every((header) => header === undefined)).toBe(true);
  });

  it.concurrent('of a run that was executed elsewhere since the poll is refused', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const id = server.addRun(deployment, { do: 'complete' });
    atFirst(server, isPlain ? isRead : isProposal, () => executeElsewhere(server, id));
    await stage.work();
    const next = server.addRun(deployment, { do: 'complete' });
    await stage.until('the next', () => server.state(next).type === 'COMPLETED');
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Running', 'Failed']);
    expect(stage.hosts()).toHaveLength(1);
    expect(stage.said.filter((line) => line.includes('run-1'))).toEqual([]);
  });

  it.concurrent('that arrives after the run was executed elsewhere executes nothing, and the run keeps its last state', async ({
    onTestFinished,
  }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const id = server.addRun(deployment, { do: 'complete' });
    atFirst(server, isProposal, () => executeElsewhere(server, id));
    await stage.work();
    const next = server.addRun(deployment, { do: 'complete' });
    await stage.until('the next', () => server.state(next).type === 'COMPLETED');
    expect(server.state(id)).toMatchObject({ type: 'FAILED', message: 'as it was' });
    expect(stage.hosts()).toHaveLength(1);
  });

  it.concurrent('that the server stamped before those states, and wrote after them, leaves the last of them as well', async ({
    onTestFinished,
  }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const id = server.addRun(deployment, { do: 'complete' });
    const ahead = createClock(() => Date.now() + 60_000);
    atFirst(server, isProposal, () => executeElsewhere(server, id, ahead));
    await stage.work();
    const next = server.addRun(deployment, { do: 'complete' });
    await stage.until('the next', () => server.state(next).type === 'COMPLETED');
    expect(server.state(id)).toMatchObject({ type: 'FAILED', message: 'as it was' });
    expect(stage.hosts()).toHaveLength(1);
  });

  it.concurrent('of a run that was retried since the poll is made again, for its next attempt', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const id = server.addRun(deployment, { do: 'complete' });
    atFirst(server, isPlain ? isRead : isProposal, () => {
      executeElsewhere(server, id);
      server.write(id, { type: 'SCHEDULED', name: 'AwaitingRetry' });
    });
    await stage.work();
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    expect(server.history(id).filter((name) => name === 'Completed')).toHaveLength(1);
    expect((await stage.host(id)).ticket.attempt).toBe(2);
  });

  it.concurrent('of a run that becomes Late again and again is repeated without a wait', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const id = server.addRun(deployment, { do: 'complete' });
    const asked: number[] = [];
    server.intercept = ({ method, path }) => {
      if (!isProposal(method, path) || server.state(id).type !== 'SCHEDULED') return undefined;
      asked.push(performance.now());
      if (asked.length <= 7) server.write(id, { type: 'SCHEDULED', name: 'Late' });
      return undefined;
    };
    await stage.work();
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED', 20);
    // If the worker waited after each refused claim, its waits would grow: seven of them would take at least four seconds.
    expect((asked.at(-1) ?? Infinity) - (asked[0] ?? 0)).toBeLessThan(3_000);
    expect(asked).toHaveLength(isPlain ? 1 : 8);
  });

  it.concurrent('of a run that executed a commit before, and a folder now, takes the commit back', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const code = { 'tributary.code.repository': 'https://example.com/data.git', 'tributary.code.commit': 'a', 'tributary.code.tree': 'b' };
    const id = server.addRun(deployment, { do: 'complete' }, { labels: code });
    await stage.work();
    const empty = { 'tributary.code.repository': '', 'tributary.code.commit': '', 'tributary.code.tree': '' };
    await stage.until('no commit', () => server.row(id).run.labels?.['tributary.code.commit'] === '');
    expect(server.row(id).run.labels).toMatchObject(empty);
  });

  it.concurrent('whose answer was lost is granted again', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const id = server.addRun(deployment, { do: 'complete' });
    let lost = false;
    server.intercept = async (request) => {
      if (lost || !isProposal(request.method, request.path)) return undefined;
      lost = true;
      const { [headers.worker]: worker, [headers.boot]: boot, [headers.offered]: offered } = request.headers;
      await fetch(`${server.url}${request.path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...Object.fromEntries(Object.entries({ worker, boot, offered }).map(([name, value]) => [`tributary-${name}`, String(value)])),
        },
        body: JSON.stringify(request.body),
      });
      return { status: 503 };
    };
    await stage.work();
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    expect(server.history(id).filter((name) => name === 'Pending')).toHaveLength(1);
    expect((await stage.host(id)).ticket.claim).toBe(server.rows.get(id)?.claim);
  });

  it.concurrent('that is repeated after the run was executed elsewhere is refused', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const id = server.addRun(deployment, { do: 'complete' });
    let lost = false;
    server.intercept = ({ method, path }) => {
      if (lost || !isProposal(method, path)) return undefined;
      lost = true;
      executeElsewhere(server, id);
      return { status: 503 };
    };
    await stage.work();
    await stage.until('the first try', () => lost);
    const next = server.addRun(deployment, { do: 'complete' });
    await stage.until('the next', () => server.state(next).type === 'COMPLETED');
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Running', 'Failed']);
    expect(stage.hosts()).toHaveLength(1);
  });
});

describe.concurrent.each([
  ['a server with claims', undefined],
  ['a plain Prefect server', plain],
])('on %s a run that is released', (_, features) => {
  const isPlain = features !== undefined;
  it.concurrent.for(['still waits', 'was claimed by another worker'])(
    'keeps its state if the worker repeats a release whose answer was lost, and the run %s',
    async (what, { onTestFinished }) => {
      const { server, deployment, ...stage } = await openStage(onTestFinished, features);
      const worker = await stage.work();
      const id = server.addRun(deployment, { do: 'complete' });
      let lost = false;
      const stopped = Promise.withResolvers<void>();
      server.intercept = async ({ method, path, body }) => {
        if (!isProposal(method, path)) return undefined;
        const text = JSON.stringify(body);
        if (text.includes('Submitting')) await stopped.promise;
        if (lost || !text.includes('"SCHEDULED"')) return undefined;
        lost = true;
        const { state } = Object(body);
        server.write(id, { type: 'SCHEDULED', message: state.message, state_details: state.state_details });
        const row = server.rows.get(id);
        if (row) row.claim = null;
        if (what === 'was claimed by another worker') {
          server.write(id, { type: 'PENDING', message: `Claimed by worker "w2" (process ${crypto.randomUUID()}).` });
          if (row) row.claim = isPlain ? null : 'another claim';
        }
        return { status: 503 };
      };
      await stage.until('Submitting', () => server.requests.some(({ body }) => JSON.stringify(body ?? {}).includes('Submitting')));
      const stopping = worker.stop();
      // A second call ends the draining at once. The worker then ends its runs before the next turn of the event loop.
      void worker.stop();
      await nextTurn();
      stopped.resolve();
      await stopping;
      expect(lost).toBe(true);
      const left = what === 'still waits' ? ['Scheduled'] : ['Scheduled', 'Pending'];
      expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Submitting', ...left]);
      expect(stage.said.some((line) => line.includes('released'))).toBe(what === 'still waits');
    },
  );
});

it('a run that was lost in an outage and that another worker holds by now is not settled', async ({ onTestFinished }) => {
  const { server, deployment, ...stage } = await openStage(onTestFinished);
  const worker = await stage.work();
  await server.stop();
  await stage.until('the outage', () => stage.said.length > 0);
  const lost = server.addRun(deployment, {}, { labels: { 'tributary.worker': 'w1', 'tributary.boot': worker.boot } });
  server.write(lost, { type: 'PENDING' });
  let looked = false;
  atFirst(server, isRead, () => {
    looked = true;
    for (const type of ['FAILED', 'SCHEDULED', 'PENDING', 'RUNNING'] as const) server.write(lost, { type });
  });
  await server.start();
  await stage.until('the read', () => looked);
  const next = server.addRun(deployment, { do: 'complete' });
  await stage.until('the next', () => server.state(next).type === 'COMPLETED');
  expect(server.state(lost).type).toBe('RUNNING');
});
