import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Example, openExample } from '../../test-support/example-store.ts';
import { insertConcurrencyLimit } from './concurrency-limits.ts';
import { grantSlots, type SlotsAnswer, type SlotsRequest } from './grant-slots.ts';
import { renewLease } from './leases.ts';

/** The store's clock in milliseconds. It stands still until a test advances it. */
let now: number;
let example: Example;
beforeEach(async () => {
  now = Date.parse('2026-01-01T12:00:00Z');
  example = await openExample(() => now);
});
afterEach(() => example.close());

const limit = (name: string, slots: number, decay = 0) =>
  example.store.write((tx) => {
    insertConcurrencyLimit(tx, { name, limit: slots, active: true, active_slots: 0, denied_slots: 0, slot_decay_per_second: decay });
  });
const grant = (request: Partial<SlotsRequest>): Promise<SlotsAnswer> =>
  example.store.write((tx) => grantSlots(tx, { names: ['api'], slots: 1, mode: 'concurrency', lease: null, ...request }));
const rate = async (slots: number): Promise<string> => {
  const answer = await grant({ slots, mode: 'rate_limit' });
  return answer.kind === 'full' ? `full, ${Math.round(answer.retryAfterSeconds * 100) / 100} s` : answer.kind;
};

it('frees slots that decay one by one, and says when the next is free', async () => {
  await limit('api', 2, 0.5);
  expect(await rate(2)).toBe('granted');
  expect(await rate(1)).toBe('full, 2 s');
  now += 1500;
  expect(await rate(1)).toBe('full, 0.5 s');
  now += 501;
  expect(await rate(1)).toBe('granted');
  expect(await rate(1)).toBe('full, 2 s');
  now += 60_000;
  expect(await rate(2)).toBe('granted');
});

it('carries over the part of a slot that has begun to decay', async () => {
  await limit('api', 2, 0.5);
  expect(await rate(2)).toBe('granted');
  now += 3000;
  expect(await rate(1)).toBe('granted');
  now += 1001;
  expect(await rate(1)).toBe('granted');
});

it("frees the slots of a lease that isn't renewed, and keeps the slots of a renewed lease", async () => {
  await limit('api', 1);
  const lease = { seconds: 60, holder: null };
  const first = await grant({ lease });
  now += 59_000;
  expect(await grant({ lease })).toMatchObject({ kind: 'full' });
  const id = first.kind === 'granted' ? first.lease : null;
  expect(id && (await example.store.write((tx) => renewLease(tx, id, 60)))).toBe(true);
  now += 59_000;
  expect(await grant({ lease })).toMatchObject({ kind: 'full' });
  now += 2000;
  expect(await grant({ lease })).toMatchObject({ kind: 'granted' });
  expect(id && (await example.store.write((tx) => renewLease(tx, id, 60)))).toBe(false);
});
