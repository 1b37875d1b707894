import { type FlowRunId, newId } from '@tributary/contract/id';
import { fetchTransport, type HttpRequest } from '@tributary/contract/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { seconds, turnUntil, useFakeClock } from '../run/test-support/fake-time.ts';
import { StandInServer } from '../test-support/stand-in-server.ts';
import { awaitEnd } from './await-end.ts';
import { createClients } from './clients.ts';

let server: StandInServer;
beforeEach(async () => {
  server = await new StandInServer().start();
});
afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});

const calm = new AbortController().signal;

/** Stands in for a server that answers all requests at once with the same answer. */
async function answering(type: string) {
  const run = server.addRun();
  server.write(run.id, { type });
  const { text } = await fetchTransport({ method: 'GET', url: `${server.url}/flow_runs/${run.id}`, headers: {}, timeout: 5000 });
  const requests: HttpRequest[] = [];
  const transport = (request: HttpRequest) => {
    requests.push(request);
    return Promise.resolve({ status: 200, headers: {}, text });
  };
  return { requests, client: await createClients({ url: 'http://here/api', authorization: undefined, transport }).full() };
}
const id = newId<FlowRunId>();

it('asks for the end for at most 20 s, and returns the ended run at once', async () => {
  const { client, requests } = await answering('FAILED');
  useFakeClock();
  expect(await awaitEnd(client, id, Infinity, calm)).toMatchObject({ state_type: 'FAILED' });
  expect(await awaitEnd(client, id, 2.5, calm)).toMatchObject({ state_type: 'FAILED' });
  expect(requests.map(({ headers, timeout }) => [headers['prefer'], timeout])).toEqual([
    ['wait=20', 30_000],
    ['wait=2.5', 12_500],
  ]);
  expect(seconds()).toBe(0);
});

it('waits for a second after a server that stops has answered at once', async () => {
  const { client } = await answering('RUNNING');
  useFakeClock();
  expect(await turnUntil(awaitEnd(client, id, 60, calm))).toMatchObject({ state_type: 'RUNNING' });
  expect(seconds()).toBe(1);
  expect(await turnUntil(awaitEnd(client, id, 0.25, calm))).toMatchObject({ state_type: 'RUNNING' });
  expect(seconds()).toBe(1.25);
});

/** Adds a run to the stand-in server, which holds the request for the run's end. `asked` resolves when that request has arrived. */
function held() {
  const run = server.addRun();
  const path = `GET /tributary/flow_runs/${run.id}/end`;
  const body = { id: run.id, created: moment, updated: moment, name: 'wise-otter', flow_id: run.flow_id, parameters: {}, tags: [] };
  const state = { ...run.state, type: 'COMPLETED', name: 'Completed', timestamp: moment };
  const rest = { state, state_type: 'COMPLETED', run_count: 1, total_run_time: 0, auto_scheduled: false };
  server.answers.set(path, { status: 200, body: { ...body, ...rest } });
  const asked = Promise.withResolvers<void>();
  server.hold = (call) => {
    if (call !== path) return undefined;
    asked.resolve();
    return new Promise(() => undefined);
  };
  // The stand-in server's ids are plain strings.
  return { id: run.id as FlowRunId, asked: asked.promise };
}
const moment = '2026-01-01T00:00:00.000000Z';

it('asks again when the connection is lost or the server restarts', async () => {
  const client = await createClients({ url: server.url, authorization: undefined }).full();
  const { id: run, asked } = held();
  const end = awaitEnd(client, run, Infinity, calm);
  await asked;
  server.hold = () => undefined;
  await server.stop();
  await server.start();
  expect(await end).toMatchObject({ id: run, state_type: 'COMPLETED' });
});

it('closes the request at once when its run is cancelled', async () => {
  const client = await createClients({ url: server.url, authorization: undefined }).full();
  const { id: run, asked } = held();
  const stop = new AbortController();
  const end = awaitEnd(client, run, Infinity, stop.signal);
  await asked;
  const reason = new Error('The run was cancelled.');
  stop.abort(reason);
  await expect(end).rejects.toBe(reason);
});
