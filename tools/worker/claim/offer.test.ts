import type { FlowRunId } from '@tributary/contract/id';
import { headers } from '@tributary/contract/routes/route';
import { describe, expect, it } from 'vitest';

import type { FakeServer } from '../test-support/fake-server.ts';
import { openStage } from '../test-support/stage.ts';

const plain: [] = [];

/** What another worker does with the run: executes it, and it fails. */
function executeElsewhere(server: FakeServer, id: FlowRunId): void {
  for (const type of ['PENDING', 'RUNNING', 'FAILED'] as const) server.write(id, { type, message: 'as it was' });
  const row = server.rows.get(id);
  if (row) row.run = { ...row.run, run_count: row.run.run_count + 1 };
}

/** Calls `act` at the first request that fits, before the server sees it. */
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
const isLook = (method: string, path: string): boolean => method === 'GET' && path.startsWith('/flow_runs/');

describe.concurrent.each([
  ['a server with claims', undefined],
  ['a server of plain Prefect’s kind', plain],
])('on %s a claim', (_, features) => {
  const isPlain = features !== undefined;
  it.concurrent('names the state that the worker was offered', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const id = server.addRun(deployment, { do: 'complete' });
    const offered = server.state(id).id;
    await stage.work();
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    const [claim, ...others] = server.asked('/set_state').map((request) => request.headers[headers.offered]);
    expect(claim).toBe(offered);
    expect(others.every((header) => header === undefined)).toBe(true);
  });

  it.concurrent('of a run that was executed elsewhere since the poll is not granted, and executes nothing', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const id = server.addRun(deployment, { do: 'complete' });
    atFirst(server, isPlain ? isLook : isProposal, () => executeElsewhere(server, id));
    await stage.work();
    const next = server.addRun(deployment, { do: 'complete' });
    await stage.until('the next', () => server.state(next).type === 'COMPLETED');
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Running', 'Failed']);
    expect(stage.hosts()).toHaveLength(1);
    expect(stage.said.filter((line) => line.includes('run-1'))).toEqual([]);
  });

  it.concurrent('that arrives after the run was executed elsewhere executes nothing, and leaves the run as it ended', async ({
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

  it.concurrent('of a run that was retried since the poll is made anew, for its next attempt', async ({ onTestFinished }) => {
    const { server, deployment, ...stage } = await openStage(onTestFinished, features);
    const id = server.addRun(deployment, { do: 'complete' });
    atFirst(server, isPlain ? isLook : isProposal, () => {
      executeElsewhere(server, id);
      server.write(id, { type: 'SCHEDULED', name: 'AwaitingRetry' });
    });
    await stage.work();
    await stage.until('COMPLETED', () => server.state(id).type === 'COMPLETED');
    expect(server.history(id).filter((name) => name === 'Completed')).toHaveLength(1);
    expect((await stage.host(id)).ticket.attempt).toBe(2);
  });

  it.concurrent('of a run that is late meanwhile, again and again, does not have the worker wait', async ({ onTestFinished }) => {
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
    // A claim that is refused has the worker wait, longer each time: after seven for four seconds at least.
    expect((asked.at(-1) ?? Infinity) - (asked[0] ?? 0)).toBeLessThan(3_000);
    expect(asked).toHaveLength(isPlain ? 1 : 8);
  });

  it.concurrent('that was granted, and whose answer was lost, is known again', async ({ onTestFinished }) => {
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

  it.concurrent('whose first request was lost, and that is sent again after the run was executed elsewhere, is refused', async ({
    onTestFinished,
  }) => {
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
  ['a server of plain Prefect’s kind', plain],
])('on %s a run that is handed back', (_, features) => {
  const isPlain = features !== undefined;
  it.concurrent.for(['is still waiting', 'is with another worker'])(
    'and whose answer was lost stays as it is when the worker asks again: it %s',
    async (what, { onTestFinished }) => {
      const { server, deployment, ...stage } = await openStage(onTestFinished, features);
      const worker = await stage.work();
      const id = server.addRun(deployment, { do: 'complete' });
      let lost = false;
      server.intercept = async ({ method, path, body }) => {
        if (!isProposal(method, path)) return undefined;
        const text = JSON.stringify(body);
        if (text.includes('Submitting')) await new Promise((resolve) => setTimeout(resolve, 300));
        if (lost || !text.includes('"SCHEDULED"')) return undefined;
        lost = true;
        const { state } = Object(body);
        server.write(id, { type: 'SCHEDULED', message: state.message, state_details: state.state_details });
        const row = server.rows.get(id);
        if (row) row.claim = null;
        if (what === 'is with another worker') {
          server.write(id, { type: 'PENDING', message: `Claimed by worker "w2" (life ${crypto.randomUUID()}).` });
          if (row) row.claim = isPlain ? null : 'another claim';
        }
        return { status: 503 };
      };
      await stage.until('PENDING', () => server.state(id).type === 'PENDING');
      await worker.stop();
      expect(lost).toBe(true);
      const left = what === 'is still waiting' ? ['Scheduled'] : ['Scheduled', 'Pending'];
      expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Submitting', ...left]);
      expect(stage.said.some((line) => line.includes('handed back'))).toBe(what === 'is still waiting');
    },
  );
});

it('a run that a worker lost in an outage, and that another has by the time it is to be settled, is left alone', async ({
  onTestFinished,
}) => {
  const { server, deployment, ...stage } = await openStage(onTestFinished);
  const worker = await stage.work();
  await server.stop();
  await stage.until('the outage', () => stage.said.length > 0);
  const lost = server.addRun(deployment, {}, { labels: { 'tributary.worker': 'w1', 'tributary.boot': worker.boot } });
  server.write(lost, { type: 'PENDING' });
  let looked = false;
  atFirst(server, isLook, () => {
    looked = true;
    for (const type of ['FAILED', 'SCHEDULED', 'PENDING', 'RUNNING'] as const) server.write(lost, { type });
  });
  await server.start();
  await stage.until('the look', () => looked);
  const next = server.addRun(deployment, { do: 'complete' });
  await stage.until('the next', () => server.state(next).type === 'COMPLETED');
  expect(server.state(lost).type).toBe('RUNNING');
});
