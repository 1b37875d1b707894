import { canonicalJson } from '@tributary/contract/json';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { expect, it } from 'vitest';

import { upsert } from '../test-support/example-upsert.ts';
import type { Wanted } from './fields.ts';
import { merge, type Reset } from './merge.ts';

/** A value of a field: `none`, or one that differs from the others. */
type Value = unknown;

/** How to give a field a value in the code and on the engine, and what the rules say about it. */
interface Row {
  /** as a plan prints what is kept, and as `--reset` takes it */
  readonly field: string;
  /** `tag` and `schedule`: the code's if the code has it now or had it at the last deploy, otherwise people's */
  readonly owner: 'code' | 'people' | 'tag' | 'schedule';
  readonly values: readonly Value[];
  /** whether the values differ by their names only, so that a, b, c says the same as b, c, a @default false */
  readonly areAlike?: boolean;
  readonly set: (wanted: Wanted, value: Value) => Wanted;
  readonly edit: (live: Deployment, value: Value) => Deployment;
  readonly read: (live: Deployment) => Value;
  /** what a missing value means @default nothing */
  readonly fallback?: Value;
  /** whether the code may leave the field out, so that a value from before the first deploy is left alone @default false */
  readonly isOptional?: boolean;
  readonly keepLive?: readonly string[];
  /** whether people can remove the value on the engine @default true */
  readonly canBeMissing?: boolean;
}

const none = undefined;

const base: Wanted = {
  name: 'nightly',
  description: null,
  version: null,
  path: 'ints/shop',
  entrypoint: 'flows/export.ts:exportShop',
  tags: ['always'],
  parameters: { always: 1 },
  parameter_openapi_schema: { type: 'object', properties: { limit: { type: 'integer' } } },
  enforce_parameter_schema: true,
  pull_steps: [{ 'tributary.local_folder': { root: '/repo' } }],
  work_pool_name: 'tributary',
  work_queue_name: 'default',
  job_variables: { image: 'x' },
  concurrency_limit: null,
  concurrency_options: null,
  labels: { 'tributary.project': 'ints-shop' },
  schedules: [{ schedule: { cron: '0 1 * * *' }, slug: 'always', parameters: {} }],
};

const texts = ['a', 'b', 'c'];
type TextName = 'description' | 'version' | 'path' | 'entrypoint' | 'work_pool_name' | 'work_queue_name';
const text = (field: TextName, more: Partial<Row> = {}): Row => ({
  field,
  owner: 'code',
  values: texts,
  areAlike: true,
  set: (wanted, value) => ({ ...wanted, [field]: value ?? null }),
  edit: (live, value) => ({ ...live, [field]: value ?? null }),
  read: (live) => live[field] ?? none,
  ...more,
});

const optional: Partial<Row> = { isOptional: true, values: [none, ...texts] };
const people = (field: string): Partial<Row> => ({ owner: 'people', field, keepLive: [field] });

const object = (name: 'parameters' | 'job_variables', more: Partial<Row>): Row => ({
  field: name,
  owner: 'code',
  values: [none, 1, 2, 3],
  areAlike: true,
  set: (wanted, value) => ({ ...wanted, [name]: value === none ? {} : { limit: value } }),
  edit: (live, value) => ({ ...live, [name]: value === none ? {} : { limit: value } }),
  read: (live) => live[name]?.['limit'],
  ...more,
});

/** A path in job variables, beside another variable that the code sets. */
const environment: Row = {
  ...object('job_variables', people('job_variables.env.REGION')),
  set: (wanted, value) => ({ ...wanted, job_variables: { image: 'x', ...(value === none ? {} : { env: { REGION: value } }) } }),
  edit: (live, value) => ({ ...live, job_variables: { image: 'x', env: value === none ? {} : { REGION: value } } }),
  read: ({ job_variables: variables }) => Object(variables?.['env'])['REGION'],
};

const crons: Readonly<Record<string, object>> = {
  a: { schedule: { cron: '0 2 * * *' } },
  b: { schedule: { cron: '0 3 * * *', timezone: 'Europe/Vienna' } },
  c: { schedule: { cron: '0 2 * * *' }, parameters: { limit: 1 } },
  d: { schedule: { cron: '0 2 * * *' }, max_scheduled_runs: 2 },
};

/** What belongs to the code of a schedule, and the schedule itself. */
const schedule = (more: Partial<Row>): Row => ({
  field: 'schedule extra',
  owner: 'schedule',
  values: [none, 'a', 'b', 'c', 'd'],
  set: (wanted, value) => ({
    ...wanted,
    schedules: [...(base.schedules ?? []), ...(typeof value === 'string' ? [{ slug: 'extra', ...cronOf(value) }] : [])],
  }),
  edit: (live, value) => {
    const others = live.schedules.filter(({ slug }) => slug !== 'extra');
    const added = typeof value === 'string' ? upsert({ name: 'x', schedules: [{ slug: 'extra', ...cronOf(value) }] }).schedules : [];
    return { ...live, schedules: [...added, ...others] };
  },
  read: ({ schedules }) => {
    const found = schedules.find(({ slug }) => slug === 'extra');
    if (!found) return none;
    if (found.max_scheduled_runs === 2) return 'd';
    if ('limit' in found.parameters) return 'c';
    return found.schedule.timezone === 'Europe/Vienna' ? 'b' : 'a';
  },
  ...more,
});

function cronOf(value: string): { schedule: { cron: string } } {
  return { schedule: { cron: '' }, ...crons[value] };
}

const activity: Row = {
  field: 'schedule always active',
  owner: 'people',
  values: [none, true, false],
  fallback: true,
  canBeMissing: false,
  set: (wanted, value) => ({
    ...wanted,
    schedules: (wanted.schedules ?? []).map((one) => (typeof value === 'boolean' ? { ...one, active: value } : one)),
  }),
  edit: (live, value) => ({ ...live, schedules: live.schedules.map((one) => ({ ...one, active: value === true })) }),
  read: ({ schedules }) => schedules.find(({ slug }) => slug === 'always')?.active,
};

const rows: readonly Row[] = [
  text('description', optional),
  text('version', optional),
  text('path'),
  text('entrypoint'),
  text('work_pool_name'),
  text('work_queue_name', { values: ['default', ...texts], areAlike: false, fallback: 'default' }),
  object('parameters', { isOptional: true }),
  object('job_variables', { isOptional: true }),
  {
    field: 'parameter_openapi_schema',
    owner: 'code',
    values: ['string', 'integer', 'boolean'],
    set: (wanted, type) => ({ ...wanted, parameter_openapi_schema: { properties: { limit: { type, position: 1 } } } }),
    edit: (live, type) => ({ ...live, parameter_openapi_schema: { title: 'Parameters', properties: { limit: { type, position: 0 } } } }),
    read: ({ parameter_openapi_schema: found }) => Object(found)['properties']['limit']['type'],
  },
  {
    field: 'enforce_parameter_schema',
    owner: 'code',
    values: [true, false],
    set: (wanted, value) => ({ ...wanted, enforce_parameter_schema: value === true }),
    edit: (live, value) => ({ ...live, enforce_parameter_schema: value === true }),
    read: (live) => live.enforce_parameter_schema,
  },
  {
    field: 'pull_steps',
    owner: 'code',
    values: ['/a', '/b', { 'prefect.git_clone': {} }],
    set: (wanted, value) => ({ ...wanted, pull_steps: [stepOf(value)] }),
    edit: (live, value) => ({ ...live, pull_steps: [stepOf(value)] }),
    read: ({ pull_steps: steps }) => Object(steps?.[0])['tributary.local_folder']?.['root'] ?? steps?.[0],
  },
  schedule({}),
  {
    field: 'tags.urgent',
    owner: 'tag',
    values: [none, true],
    set: (wanted, value) => ({ ...wanted, tags: ['always', ...(value === true ? ['urgent'] : [])] }),
    edit: (live, value) => ({ ...live, tags: [...(value === true ? ['urgent'] : []), 'always', 'always'] }),
    read: ({ tags }) => (tags.includes('urgent') ? true : none),
  },
  {
    field: 'paused',
    owner: 'people',
    values: [none, true, false],
    fallback: false,
    canBeMissing: false,
    set: (wanted, value) => (typeof value === 'boolean' ? { ...wanted, paused: value } : wanted),
    edit: (live, value) => ({ ...live, paused: value === true }),
    read: ({ paused }) => paused,
  },
  activity,
  {
    field: 'concurrency_limit',
    owner: 'people',
    values: [none, 1, 2, 3],
    areAlike: true,
    set: (wanted, value) => ({ ...wanted, concurrency_limit: typeof value === 'number' ? value : null }),
    edit: (live, value) => upsertLimit(live, value),
    read: (live) => live.global_concurrency_limit?.limit,
  },
  {
    field: 'concurrency_options',
    owner: 'people',
    values: [none, 60, 70, 80],
    areAlike: true,
    set: (wanted, value) => ({ ...wanted, concurrency_options: optionsOf(value) }),
    edit: (live, value) => ({ ...live, concurrency_options: optionsOf(value) }),
    read: (live) => live.concurrency_options?.grace_period_seconds ?? none,
  },
  text('description', { ...optional, ...people('description') }),
  text('version', { ...optional, ...people('version') }),
  text('work_pool_name', people('work_pool_name')),
  text('work_queue_name', { ...people('work_queue_name'), values: ['default', ...texts], areAlike: false, fallback: 'default' }),
  object('parameters', people('parameters')),
  object('parameters', {
    ...people('parameters.limit'),
    set: (wanted, value) => ({ ...wanted, parameters: { always: 1, ...(value === none ? {} : { limit: value }) } }),
    edit: (live, value) => ({ ...live, parameters: { ...(value === none ? {} : { limit: value }), always: 1 } }),
  }),
  object('job_variables', people('job_variables')),
  environment,
  schedule(people('schedule extra')),
];

function stepOf(value: Value): Record<string, unknown> {
  return typeof value === 'string' ? { 'tributary.local_folder': { root: value } } : { ...Object(value) };
}

function optionsOf(value: Value): Wanted['concurrency_options'] {
  return typeof value === 'number' ? { collision_strategy: 'CANCEL_NEW', grace_period_seconds: value } : null;
}

function upsertLimit(live: Deployment, value: Value): Deployment {
  const { global_concurrency_limit: limit } = upsert({ name: 'x', concurrency_limit: typeof value === 'number' ? value : null });
  return { ...live, global_concurrency_limit: limit };
}

type Expected = 'nothing' | 'code' | 'drift' | 'conflict' | 'reset' | 'kept' | 'kept in conflict';

interface Case {
  readonly code: Value;
  /** what the last deploy applied */
  readonly base: Value;
  readonly live: Value;
  readonly hasRecord: boolean;
  readonly isReset: boolean;
}

/** The rules as the documentation has them. */
function rule(row: Row, { code, base: before, live, hasRecord, isReset }: Case): Expected {
  const meaning = (value: Value): Value => value ?? row.fallback;
  if (meaning(code) === meaning(live)) return 'nothing';
  const isLiveMoved = meaning(live) !== meaning(before);
  const kept = (expected: Expected): Expected => (isReset ? 'reset' : expected);
  if (row.owner === 'people') {
    if (!hasRecord || code === before) return kept('kept');
    return isLiveMoved ? kept('kept in conflict') : 'code';
  }
  const isAdded = row.owner !== 'code' && code === none && (!hasRecord || before === none);
  const isLeftAlone = row.isOptional === true && code === none && !hasRecord;
  if (isAdded || isLeftAlone) return kept('kept');
  if (!hasRecord || !isLiveMoved) return 'code';
  return code === before ? 'drift' : 'conflict';
}

const merged = (row: Row, wanted: Wanted, live: Deployment, reset: Reset = []) =>
  merge({ wanted, live, keepLive: row.keepLive ?? [], reset });

/** The live deployment after a deploy of the base value and a change by a person. */
function liveOf(row: Row, { base: before, live, hasRecord }: Case): Deployment {
  const first = merge({ wanted: row.set(base, before), live: undefined, keepLive: row.keepLive ?? [], reset: [] });
  const deployed = row.edit(upsert(first.request), live);
  const { 'tributary.applied': _, ...labels } = deployed.labels ?? {};
  return hasRecord ? deployed : { ...deployed, labels };
}

function textOf({ changes, kept }: ReturnType<typeof merge>): string {
  const decisions = [...changes.map(({ reason }) => reason), ...kept.map(({ conflict }) => (conflict ? 'kept in conflict' : 'kept'))];
  return [...new Set(decisions)].join(' and ') || 'nothing';
}

function casesOf({ values, areAlike = false, canBeMissing = true }: Row): Case[] {
  return values.flatMap((code) =>
    values.flatMap((before) =>
      values
        .filter((live) => (canBeMissing || live !== none) && (!areAlike || areInOrder([code, before, live], values)))
        .flatMap((live) =>
          [true, false].flatMap((hasRecord) => [true, false].map((isReset) => ({ code, base: before, live, hasRecord, isReset }))),
        ),
    ),
  );
}

/** Whether the chosen values occur in the order of all values, `none` aside. */
function areInOrder(chosen: readonly Value[], values: readonly Value[]): boolean {
  const named = [...new Set(chosen)].filter((value) => value !== none);
  const known = values.filter((value) => value !== none);
  return named.every((value, index) => value === known[index]);
}

/** What a merge and the next ones do, and what they have to do. */
function tryOut(row: Row, one: Case): { readonly found: Seen; readonly expected: Seen } {
  const decision = rule(row, one);
  const isKept = decision.startsWith('kept');
  const value = (isKept ? one.live : one.code) ?? row.fallback;
  const wanted = row.set(base, one.code);
  const live = liveOf(row, one);
  const result = merged(row, wanted, live, one.isReset ? [row.field] : []);
  const after = upsert(result.request, live);
  const again = merged(row, wanted, after);
  const created = upsert(merge({ wanted, live: undefined, keepLive: [], reset: [] }).request);
  const nexts = row.values.filter((next) => next !== one.code && (next ?? row.fallback) !== value);
  return {
    found: {
      decision: textOf(result),
      kept: result.kept.map(({ field }) => field),
      value: row.read(after) ?? row.fallback,
      others: othersOf(row, after),
      again: textOf(again),
      record: again.request.labels,
      nexts: nexts.map((next) => textOf(merged(row, row.set(base, next), after))),
    },
    expected: {
      decision,
      kept: isKept ? [row.field] : [],
      value,
      others: othersOf(row, created),
      again: isKept ? 'kept' : 'nothing',
      record: result.request.labels,
      nexts: nexts.map(() => 'code'),
    },
  };
}

interface Seen {
  readonly decision: string;
  readonly kept: readonly string[];
  /** the field's value after the deploy: the code's, or the kept one */
  readonly value: Value;
  /** the other fields after the deploy: as the code has them */
  readonly others: unknown;
  /** the decision of the next deploy: it changes nothing, and keeps the same */
  readonly again: string;
  readonly record: unknown;
  /** what happens when the code changes the field after that: the code wins, because the last deploy knew what it kept */
  readonly nexts: readonly string[];
}

it.each(rows.map((row) => [row.keepLive ? `${row.field} in keepLive` : row.field, row] as const))(
  'each combination of code, last applied and live: %s',
  (_, row) => {
    const wrong = casesOf(row).flatMap((one) => {
      const { found, expected } = tryOut(row, one);
      return canonicalJson(found) === canonicalJson(expected) ? [] : [{ one, found, expected }];
    });
    // The first one is enough to read.
    const [first] = wrong;
    expect(first && { ...first.one, ...first.found }).toEqual(first && { ...first.one, ...first.expected });
  },
);

/** The deployment without the field, its record and what changes with each update. */
function othersOf(row: Row, live: Deployment): unknown {
  const { id: _, labels: _l, schedules, ...others } = row.edit(live, row.values.at(-1));
  const { global_concurrency_limit: limit, tags, ...rest } = others;
  return {
    ...rest,
    tags: [...new Set(tags)].toSorted(),
    limit: limit?.limit,
    schedules: schedules.map((one) => ({ ...one, id: null })).toSorted((one, other) => ((one.slug ?? '') < (other.slug ?? '') ? -1 : 1)),
  };
}
