import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(async () => {
  vi.useRealTimers();
  await example.close();
});

const take = (names: string[], slots = 1, mode: 'concurrency' | 'rate_limit' = 'concurrency') =>
  example.client.takeSlots({ body: { names, slots, mode } });
const lease = (names: string[], slots = 1, options: { wait?: number } = {}) =>
  example.client.takeLease({
    body: { names, slots },
    ...(options.wait === undefined ? {} : { headers: { prefer: `wait=${options.wait}` } }),
  });
const limit = async (name: string) => (await example.client.readConcurrencyLimit({ path: { idOrName: name } })).data;
const create = (name: string, of: number, more: Record<string, number | boolean> = {}) =>
  example.client.createConcurrencyLimit({ body: { name, limit: of, ...more } });

it('a limit is created, read by name and id, listed, changed and deleted', async () => {
  const { data } = await create('api', 2);
  expect(data).toMatchObject({ name: 'api', limit: 2, active: true, active_slots: 0, denied_slots: 0, slot_decay_per_second: 0 });
  expect((await limit(data.id)).id).toBe(data.id);
  await create('aaa', 1);
  expect((await example.client.filterConcurrencyLimits({ body: { limit: 1, offset: 1 } })).data.map(({ name }) => name)).toEqual(['api']);
  await example.client.updateConcurrencyLimit({ path: { idOrName: 'api' }, body: { limit: 5, active: false, active_slots: 3 } });
  expect(await limit('api')).toMatchObject({ limit: 5, active: false, active_slots: 3 });
  await expect(create('api', 1)).rejects.toMatchObject({ code: 'conflict' });
  await example.client.deleteConcurrencyLimit({ path: { idOrName: data.id } });
  await expect(limit('api')).rejects.toMatchObject({ code: 'not_found' });
});

describe('slots', () => {
  it('are taken from all named limits or from none, and released', async () => {
    await create('one', 1);
    await create('two', 2);
    expect((await take(['one', 'two', 'unknown'])).data.map(({ name }) => name)).toEqual(['one', 'two']);
    await expect(take(['one', 'two'])).rejects.toMatchObject({ code: 'locked' });
    expect([(await limit('one')).active_slots, (await limit('two')).active_slots]).toEqual([1, 1]);
    expect((await limit('one')).denied_slots).toBe(1);
    await example.client.returnSlots({ body: { names: ['one', 'two'], slots: 1, occupancy_seconds: 10 } });
    expect(await limit('one')).toMatchObject({ active_slots: 0, avg_slot_occupancy_seconds: 6 });
  });

  it('are refused with 422 beyond the limit; an inactive limit grants slots without counting them', async () => {
    await create('one', 1);
    await expect(take(['one'], 2)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('greater than the limit'),
    });
    await create('none', 0);
    await expect(take(['none'])).rejects.toMatchObject({ code: 'invalid_request' });
    await create('off', 0, { active: false });
    expect((await take(['off'], 3)).data).toHaveLength(1);
    expect((await limit('off')).active_slots).toBe(0);
  });

  it('of a rate limit become free over time, and the answer says when', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await create('rate', 2, { slot_decay_per_second: 1 });
    await expect(take(['rate'], 3, 'rate_limit')).rejects.toMatchObject({ code: 'invalid_request' });
    await take(['rate'], 2, 'rate_limit');
    const answer = await fetch(`${example.server.url}/v2/concurrency_limits/increment`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ names: ['rate'], slots: 2, mode: 'rate_limit' }),
    });
    expect(answer.status).toBe(423);
    const seconds = Number(answer.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0.1);
    expect(seconds).toBeLessThan(2.5);
    vi.setSystemTime(Date.now() + 950);
    await expect(take(['rate'], 1, 'rate_limit')).rejects.toMatchObject({ code: 'locked' });
    vi.setSystemTime(Date.now() + 100);
    expect((await take(['rate'], 1, 'rate_limit')).status).toBe(200);
    await create('lasting', 2);
    await expect(take(['lasting'], 1, 'rate_limit')).rejects.toMatchObject({ message: expect.stringContaining("'lasting'") });
  });

  it('are freed by setting the number of active slots, and the lease stays', async () => {
    await create('one', 2);
    const { data } = await lease(['one'], 2);
    await example.client.updateConcurrencyLimit({ path: { idOrName: 'one' }, body: { active_slots: 0 } });
    expect((await limit('one')).active_slots).toBe(0);
    await example.client.renewLease({ path: { id: data.lease_id }, body: {} });
    await lease(['one'], 2);
    await example.client.returnLease({ body: { lease_id: data.lease_id } });
    expect((await limit('one')).active_slots).toBe(2);
  });
});

/** Resolves when this many requests were denied slots of the limit "one". */
async function untilDenied(times: number): Promise<void> {
  while (((await limit('one')).denied_slots ?? 0) < times);
}

describe('a lease', () => {
  it('holds its slots until it is released', async () => {
    await create('one', 1);
    const { data } = await lease(['one']);
    expect(data.limits).toMatchObject([{ name: 'one', limit: 1 }]);
    await expect(lease(['one'])).rejects.toMatchObject({ code: 'locked', facts: { retryAfter: expect.any(Number) } });
    await example.client.renewLease({ path: { id: data.lease_id }, body: { lease_duration: 60 } });
    await example.client.returnLease({ body: { lease_id: data.lease_id } });
    await example.client.returnLease({ body: { lease_id: data.lease_id } });
    await expect(example.client.renewLease({ path: { id: data.lease_id }, body: {} })).rejects.toMatchObject({ facts: { status: 410 } });
    expect((await lease(['one'])).status).toBe(200);
  });

  it('of unknown names is granted, and can be renewed', async () => {
    const { data } = await lease(['nobody']);
    expect(data.limits).toEqual([]);
    await example.client.renewLease({ path: { id: data.lease_id }, body: {} });
  });

  it('ends when the run that holds it crashes', async () => {
    await create('one', 1);
    const { flow } = await example.deploy();
    const { data: run } = await example.client.createFlowRun({ body: { flow_id: flow.id, state: { type: 'RUNNING' } } });
    await example.client.takeLease({ body: { names: ['one'], slots: 1, holder: { type: 'flow_run', id: run.id } } });
    await example.client.setFlowRunState({ path: { id: run.id }, body: { state: { type: 'CRASHED' } } });
    expect((await limit('one')).active_slots).toBe(0);
  });

  it('is granted to waiting clients in their order, as soon as a slot is free', async () => {
    await create('one', 1);
    const { data } = await lease(['one']);
    // No timer fires, so a waiting client gets its lease only when another lease is released.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const order: string[] = [];
    const wait = async (name: string): Promise<void> => {
      const { data: granted } = await lease(['one'], 1, { wait: 20 });
      order.push(name);
      await example.client.returnLease({ body: { lease_id: granted.lease_id } });
    };
    const first = wait('first');
    await untilDenied(1);
    const second = wait('second');
    await untilDenied(2);
    expect(order).toEqual([]);
    await example.client.returnLease({ body: { lease_id: data.lease_id } });
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
    vi.useRealTimers();
    await expect(Promise.all([lease(['one']), lease(['one'], 1, { wait: 0.05 })])).rejects.toMatchObject({ code: 'locked' });
  });
});
