import { routes, type RouteName } from '@tributary/contract/routes';
import type { Route } from '@tributary/contract/routes/route';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

import { type Example, startExample } from '../test-support/example-server.ts';

type Schema = { readonly [key: string]: unknown };

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
/** JSON texts with wrong types, extreme values and unusual characters. */
const hostile = [
  'null',
  '-1',
  '0.5',
  '9007199254740991',
  '1e10',
  '1e300',
  '1e400',
  '""',
  '"\\u0000"',
  '"\\ud800 %_\\\\ \u202e 💥"',
  '"\'; DROP TABLE flows; --"',
  `"${'x'.repeat(60_000)}"`,
  '"9999-12-31T23:59:59.999999Z"',
  '"0001-01-01T00:00:00+14:00"',
  '[]',
  '[null]',
  `[${'"a",'.repeat(1100)}"a"]`,
  '{}',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  nested(100_000),
];

let example: Example;
let ids: Record<string, string>;

/** Creates the objects that the requests name. Each test calls this first, because the route tested before may have deleted them. */
async function seed(): Promise<void> {
  const { client } = example;
  const { flow, deployment } = await example.deploy();
  const { data: run } = await client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: {} });
  const { data: task } = await client.createTaskRun({ body: { flow_run_id: run.id, task_key: 't', dynamic_key: '0' } });
  ids = {
    flow: flow.name,
    deployment: deployment.name,
    pool: 'tributary',
    queue: 'default',
    flow_id: flow.id,
    deployment_id: deployment.id,
    flow_run_id: run.id,
    task_run_id: task.id,
  };
}
beforeAll(async () => {
  example = await startExample();
  await seed();
});
afterAll(() => example.close());

/** The smallest value that a schema accepts, with ids of existing objects. */
function sample(schema: Schema, name = ''): unknown {
  const choice = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choice)) return sample(choice[0], name);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  if (schema['type'] === 'object') return Object.fromEntries(fieldsOf(schema).map(([key, inner]) => [key, sample(inner, key)]));
  if (schema['type'] === 'array') return [sample(schema['items'] as Schema, name)];
  if (schema['type'] === 'boolean') return true;
  if (schema['type'] === 'integer' || schema['type'] === 'number') return Math.max(1, Number(schema['minimum'] ?? 1));
  if (schema['type'] !== 'string') return 'x';
  if (schema['format'] === 'uuid') return ids[name] ?? crypto.randomUUID();
  if (name === 'cron') return '0 0 * * *';
  if (name === 'timezone') return 'UTC';
  return isTime(name) ? '2026-01-01T00:00:00Z' : 'x';
}

function isTime(name: string): boolean {
  return /_time$|timestamp|before_|after_|occurred|expiration|pause_timeout/.test(name);
}

function fieldsOf(schema: Schema): [string, Schema][] {
  return Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
}

interface Place {
  readonly path: readonly string[];
  /** undefined for any type */
  readonly type: string | undefined;
}

/** Each place of a body: the whole body, its fields, and their fields. */
function* placesOf(schema: Schema, path: readonly string[] = []): Generator<Place> {
  const choice = schema['anyOf'] ?? schema['oneOf'];
  const inner = Array.isArray(choice) ? (choice[0] as Schema) : schema;
  const type = inner['type'] === 'integer' ? 'number' : inner['type'];
  yield { path, type: typeof type === 'string' ? type : undefined };
  for (const [key, field] of fieldsOf(inner)) yield* placesOf(field, [...path, key]);
  if (inner['type'] === 'array') yield* placesOf(inner['items'] as Schema, [...path, '0']);
}

/** The valid body as JSON text, with another text in one place. */
function bodyWith(valid: unknown, path: readonly string[], text: string): string {
  const mark = '"<<here>>"';
  const [last, ...before] = path.toReversed();
  if (last === undefined) return text;
  const body = structuredClone(valid);
  let place = body as Record<string, unknown>;
  for (const key of before.toReversed()) place = place[key] as Record<string, unknown>;
  place[last] = '<<here>>';
  return JSON.stringify(body).replace(mark, () => text);
}

let turn = 0;
/** A place deep inside a filter gets one of this many texts. CI sends more. */
const share = process.env['CI'] ? 3 : 9;
/**
 * Hostile texts of the type that a place accepts, because such texts get furthest in the server. The last text that is returned can have
 * any type: each call takes the next text of `hostile`.
 */
function textsFor({ path, type }: Place): string[] {
  if (path.length === 0 || type === undefined) return hostile;
  const ofTime = isTime(path.at(-1) ?? '');
  const fitting = hostile.filter((text) => typeOf(text) === type && (!ofTime || /^"\d{4}-/.test(text)));
  turn += 1;
  // There are many filters, and all are read in the same way. So a place deep inside a filter gets only a share of the texts, and the next
  // place gets another share.
  const few = path.length > 2 ? fitting.filter((_, index) => (index + turn) % share === 0) : fitting;
  return [...few, hostile[turn % hostile.length] ?? ''];
}

function typeOf(text: string): string {
  const first = text.at(0) ?? '';
  return { '"': 'string', '[': 'array', '{': 'object', n: 'null' }[first] ?? 'number';
}

const lists = (Object.keys(routes) as RouteName[]).filter((name) => /^(filter|count)/.test(name) && name !== 'filterFlowRunInputs');

it.each(Object.keys(routes) as RouteName[])(
  '%s accepts or refuses any body without an error in the server, and every list stays readable',
  async (name) => {
    await seed();
    const route: Route = routes[name];
    const schema: Schema = route.body ? (z.toJSONSchema(route.body, { io: 'input', unrepresentable: 'any' }) as Schema) : {};
    const path = (id: string): string => route.path.replace(/\{(\w+)\}/g, (_, key: string) => (key === 'id' ? id : (ids[key] ?? 'secret')));
    const noun = route.path.split('/')[1]?.replace(/s$/, '_id') ?? '';
    const failed: string[] = [];
    const ask = async (where: string, body?: string): Promise<void> => {
      const { status } = await example.send(route.method, where, body);
      if (status >= 500) failed.push(`${where} ${body?.slice(0, 300)}: ${status}`);
    };
    const requests: [string, string?][] = ['nonsense', '%E0%A4%A', '%00', '..%2f..', 'x'.repeat(5000)].map((id) => [path(id)]);
    for (const query of ['?include_secrets=maybe', '?flow_run_id=', '?limit=-1&flow_run_id[]=1&__proto__=1']) {
      requests.push([`${path(crypto.randomUUID())}${query}`]);
    }
    if (route.body) {
      const valid = sample(schema);
      // Counts and lists share their filters with filterFlowRuns, so only filterFlowRuns is tested to any depth.
      const depth = /^(count|paginate)/.test(name) ? 0 : name.startsWith('filter') && name !== 'filterFlowRuns' ? 2 : Infinity;
      for (const place of [...placesOf(schema)].filter(({ path: { length } }) => length <= depth)) {
        for (const text of textsFor(place)) requests.push([path(ids[noun] ?? crypto.randomUUID()), bodyWith(valid, place.path, text)]);
      }
    }
    for (let start = 0; start < requests.length; start += 50) {
      await Promise.all(requests.slice(start, start + 50).map(([where, body]) => ask(where, body)));
    }
    for (const list of lists) {
      const where = routes[list].path.replace('{pool}', 'tributary');
      const { status } = await example.send('POST', where, {});
      if (status !== 200 && status !== 404) failed.push(`${where} afterwards: ${status}`);
    }
    expect([...failed.slice(0, 10), ...example.lines.filter((line) => line.startsWith('A request failed'))]).toEqual([]);
    expect(Object.prototype).not.toHaveProperty('polluted');
  },
  30_000,
);
