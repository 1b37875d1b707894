import { labelNames } from '@tributary/contract/nouns/label';
import { expect, it } from 'vitest';

import { upsert } from '../test-support/example-upsert.ts';
import type { Wanted } from './fields.ts';
import { merge, type Merged } from './merge.ts';

/** Everything that a deployment can have, with this many tags and schedules. */
function wantedWith(tags: number, schedules: number, more: Partial<Wanted> = {}): Wanted {
  return {
    name: 'nightly',
    description: 'All products',
    version: '2',
    path: 'ints/shop',
    entrypoint: 'flows/export.ts:exportShop',
    tags: Array.from({ length: tags }, (_, index) => `tag ${index}`),
    parameters: { limit: 5 },
    parameter_openapi_schema: { type: 'object', properties: { limit: { type: 'integer' } } },
    enforce_parameter_schema: true,
    pull_steps: [{ 'tributary.local_folder': { root: '/repo' } }],
    work_pool_name: 'tributary',
    work_queue_name: 'slow',
    job_variables: { image: 'x' },
    concurrency_limit: 2,
    concurrency_options: { collision_strategy: 'CANCEL_NEW' },
    paused: false,
    schedules: Array.from({ length: schedules }, (_, index) => ({
      schedule: { cron: `${index % 60} 1 * * *` },
      slug: `cron-${index + 1}`,
    })),
    ...more,
  };
}

const create = (wanted: Wanted): Merged => merge({ wanted, live: undefined, keepLive: [], reset: [] });
const recordOf = ({ request }: Merged): string => String(request.labels?.[labelNames.applied]);
const facts = ({ changes, kept }: Merged): string[] =>
  [
    ...changes.map(({ field, reason }) => `${field}: ${reason}`),
    ...kept.map(({ field, conflict }) => `${field}: ${conflict ? 'kept in conflict' : 'kept'}`),
  ].toSorted();

it('a record with all fields, three schedules and five tags takes 300 bytes at most, and says nothing about the values', () => {
  const record = recordOf(create(wantedWith(5, 3)));
  expect(record.length).toBeLessThanOrEqual(300);
  expect(record).toMatch(/^1[\w-]+$/);
});

it.each([
  [120, 3, []],
  [300, 3, ['tags']],
  [5, 200, ['schedules']],
  [300, 200, ['tags', 'schedules']],
])('with %i tags and %i schedules it takes 2 kB at most, and as a whole it has: %j', (tags, schedules, whole) => {
  const wanted = wantedWith(tags, schedules);
  const created = create(wanted);
  expect(recordOf(created).length).toBeLessThanOrEqual(2000);
  expect(created.whole).toEqual(whole);
  const again = merge({ wanted, live: upsert(created.request), keepLive: [], reset: [] });
  expect(again).toMatchObject({ changes: [], kept: [], whole });
});

const long = wantedWith(300, 200);
const [first, ...otherTags] = long.tags ?? [];
const [cron, ...otherCrons] = long.schedules ?? [];
const shorter = { ...long, tags: otherTags, schedules: otherCrons };

it('what is compared as a whole: changes by people and by the code are distinguished, as long as only one side changes', () => {
  const on = upsert(create(long).request);
  const edited = {
    ...on,
    tags: [...on.tags.filter((tag) => tag !== first), 'urgent'],
    schedules: on.schedules.flatMap((one) => (one.slug === 'cron-1' ? [] : [{ ...one, active: one.slug !== 'cron-2' }])),
  };
  expect(facts(merge({ wanted: long, live: edited, keepLive: [], reset: [] }))).toEqual([
    'schedule cron-1: drift',
    'schedule cron-2 active: kept',
    'tags.tag 0: drift',
    'tags.urgent: kept',
  ]);
  expect(facts(merge({ wanted: shorter, live: on, keepLive: [], reset: [] }))).toEqual(['schedule cron-1: code', 'tags.tag 0: code']);
  const moved = { ...long, schedules: [{ ...cron, slug: 'cron-1', schedule: { cron: '0 9 * * *' } }, ...otherCrons] };
  expect(facts(merge({ wanted: moved, live: on, keepLive: [], reset: [] }))).toEqual(['schedule cron-1: code']);
});

it("what is compared as a whole: if both sides changed, nothing that may be a person's is removed", () => {
  const on = upsert(create(long).request);
  const edited = { ...on, tags: [...on.tags, 'urgent'], schedules: on.schedules.filter(({ slug }) => slug !== 'cron-2') };
  expect(facts(merge({ wanted: shorter, live: edited, keepLive: [], reset: [] }))).toEqual([
    'schedule cron-1: kept in conflict',
    'schedule cron-2: conflict',
    'tags.tag 0: kept in conflict',
    'tags.urgent: kept in conflict',
  ]);
});

it.each([['2abc'], ['1abc'], ['1abcdefghijk!'], [''], [5], [true]])("the record %j can't be read, and counts as none", (record) => {
  const wanted = wantedWith(1, 1);
  const on = upsert(create(wanted).request);
  const labels = { ...on.labels, [labelNames.applied]: record };
  const edited = { ...on, labels, description: 'Mine', tags: ['tag 0', 'urgent'], paused: true };
  const result = merge({ wanted, live: edited, keepLive: [], reset: [] });
  expect(facts(result)).toEqual(['description: code', 'paused: kept', 'tags.urgent: kept']);
  expect(recordOf(result)).toMatch(/^1.{100}/);
});
