import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let home: string;
let example: Example;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'tributary-once-'));
  example = await startExample({ home });
});
afterAll(async () => {
  await example.close();
  rmSync(home, { recursive: true, force: true });
});

const id = (): string => crypto.randomUUID();
const named = (request: string): Record<string, string> => ({ 'tributary-request': request });
const line = (message: string) => ({ name: 'x', level: 20, message, timestamp: '2026-11-21T00:00:00Z' });
const messages = async (text: string): Promise<string[]> =>
  (await example.client.filterLogs({ body: { logs: { text: { query: text } } } })).data.map(({ message }) => message);
const post = (path: string, body: unknown, request?: string) => example.send('POST', path, body, request ? named(request) : {});

describe('a request repeated with its id', () => {
  it('stores its log lines once; without an id or with another id they are stored again', async () => {
    const request = id();
    const both = [line('once-1'), line('once-2')];
    const [first, again] = [await post('/logs/', both, request), await post('/logs/', both, request.toUpperCase())];
    expect(again).toEqual(first);
    expect(first.status).toBe(201);
    expect(await messages('once-')).toEqual(['once-1', 'once-2']);
    for (const other of [undefined, undefined, id()]) await post('/logs/', both, other);
    expect(await messages('once-1')).toHaveLength(4);
  });

  it('is executed once when its repeats arrive at the same time', async () => {
    const request = id();
    await Promise.all(Array.from({ length: 20 }, () => post('/logs/', [line('together')], request)));
    expect(await messages('together')).toHaveLength(1);
  });

  it('creates one artifact and gets the same id again', async () => {
    const request = id();
    const body = { key: 'once', type: 'markdown', data: '# one' };
    const [first, again] = [await post('/artifacts/', body, request), await post('/artifacts/', body, request)];
    expect(again).toEqual(first);
    expect(await post('/artifacts/', body)).not.toMatchObject({ body: { id: (first.body as { id: string }).id } });
    expect((await example.client.countArtifacts({ body: { artifacts: { key: { any_: ['once'] } } } })).data).toBe(2);
  });

  it('is recognized only on its own route', async () => {
    const request = id();
    await post('/logs/', [line('routes')], request);
    expect(await post('/artifacts/', { key: 'routes' }, request)).toMatchObject({ status: 201, body: { key: 'routes' } });
  });

  it('takes and releases slots once', async () => {
    const limit = { names: ['once'], slots: 1 };
    await example.client.createConcurrencyLimit({ body: { name: 'once', limit: 5 } });
    const taken = async () => (await example.client.readConcurrencyLimit({ path: { idOrName: 'once' } })).data.active_slots;
    const [take, back] = [id(), id()];
    for (let n = 0; n < 3; n += 1) expect((await post('/v2/concurrency_limits/increment', { ...limit, slots: 2 }, take)).status).toBe(200);
    expect(await taken()).toBe(2);
    for (let n = 0; n < 3; n += 1) expect((await post('/v2/concurrency_limits/decrement', limit, back)).status).toBe(200);
    expect(await taken()).toBe(1);
  });

  it('gets the same lease again while it is held, and a new one after that', async () => {
    await example.client.createConcurrencyLimit({ body: { name: 'leased', limit: 1 } });
    const request = id();
    const take = () => post('/v2/concurrency_limits/increment-with-lease', { names: ['leased'], slots: 1 }, request);
    const [first, again] = [await take(), await take()];
    expect(first.status).toBe(200);
    expect(again).toEqual(first);
    await post('/v2/concurrency_limits/decrement-with-lease', { lease_id: (first.body as { lease_id: string }).lease_id });
    const later = await take();
    expect(later.status).toBe(200);
    expect(later.body).not.toEqual(first.body);
    expect(await take()).toEqual(later);
  });

  it('is executed again if it was refused before', async () => {
    await example.client.createConcurrencyLimit({ body: { name: 'full', limit: 1 } });
    const take = (request: string) => post('/v2/concurrency_limits/increment', { names: ['full'], slots: 1 }, request);
    const request = id();
    await take(id());
    expect((await take(request)).status).toBe(423);
    await post('/v2/concurrency_limits/decrement', { names: ['full'], slots: 1 });
    expect((await take(request)).status).toBe(200);

    expect((await post('/logs/', [{ name: 'x' }], request)).status).toBe(422);
    expect((await post('/logs/', [line('refused')], request)).status).toBe(201);
    expect(await messages('refused')).toHaveLength(1);
  });

  it('adds the schedules of a deployment once', async () => {
    const { deployment } = await example.deploy({ name: 'scheduled' });
    const request = id();
    const add = () => post(`/deployments/${deployment.id}/schedules`, [{ schedule: { interval: 3600 }, active: false }], request);
    expect(await add()).toEqual(await add());
    expect((await example.client.readSchedules({ path: { id: deployment.id } })).data).toHaveLength(1);
  });

  it('resumes a run once and gets the same answer again', async () => {
    const { deployment } = await example.deploy({ name: 'paused' });
    const { data: run } = await example.client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: {} });
    for (const state of [{ type: 'PENDING' }, { type: 'RUNNING' }, { type: 'PAUSED' }] as const)
      await example.client.setFlowRunState({ path: { id: run.id }, body: { state } });
    const request = id();
    const resume = () => post(`/flow_runs/${run.id}/resume`, {}, request);
    const first = await resume();
    expect(first.body).toMatchObject({ status: 'ACCEPT' });
    expect(await resume()).toEqual(first);
  });

  it.each(['x', '', 'x'.repeat(3000)])("is refused with 422 if its id isn't a UUID (%#)", async (request) => {
    const answer = await example.send('POST', '/logs/', [line('invalid id')], named(request));
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).toContain('tributary-request');
    expect(await messages('invalid id')).toEqual([]);
  });

  it('is recognized after a restart of the server', async () => {
    const request = id();
    const body = { key: 'restarted', type: 'markdown', data: 'x' };
    const first = await post('/artifacts/', body, request);
    await post('/logs/', [line('restarted')], request);
    await example.close();
    example = await startExample({ home });
    expect(await post('/artifacts/', body, request)).toEqual(first);
    await post('/logs/', [line('restarted')], request);
    expect(await messages('restarted')).toHaveLength(1);
  });
});
