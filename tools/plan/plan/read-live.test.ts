import { randomUUID } from 'node:crypto';

import { createClient, type Transport } from '@tributary/contract/client';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { deploymentsPageQuery, flowsQuery } from '@tributary/contract/nouns/filter';
import type { Labels } from '@tributary/contract/nouns/label';
import { routes } from '@tributary/contract/routes';
import { expect, it } from 'vitest';

import { readLive } from './read-live.ts';

interface Address {
  readonly flow: string;
  readonly deployment: string;
}

const now = '2026-11-22T00:00:00.000000Z';

/** An engine with these deployments, which answers the two requests of a plan as both servers do. */
function engineWith(addresses: readonly Address[], labelsOf: (address: Address, flow: string) => Labels) {
  const flows = new Map(addresses.map(({ flow }) => [flow, { id: randomUUID(), created: now, updated: now, name: flow, tags: [] }]));
  const rows = addresses.map((address) => {
    const flow_id = flows.get(address.flow)?.id ?? '';
    const labels = { 'prefect.flow.id': flow_id, ...labelsOf(address, flow_id) };
    const more = { paused: false, schedules: [], tags: [], enforce_parameter_schema: true };
    return { id: randomUUID(), created: now, updated: now, name: address.deployment, flow_id, labels, ...more };
  });
  const asked: string[] = [];
  const between: (() => void)[] = [];
  const answer = (path: string, body: unknown): unknown => {
    if (path.endsWith('/flows/filter')) {
      const ids: readonly string[] = flowsQuery.parse(body).flows?.id?.any_ ?? [];
      return [...flows.values()].filter(({ id }) => ids.includes(id));
    }
    const { deployments, limit, page } = deploymentsPageQuery.parse(body);
    const names = deployments?.name?.any_;
    const found = rows.filter(({ name }) => !names || names.includes(name));
    const results = found.slice((page - 1) * limit, page * limit);
    return { results, count: found.length, limit, page, pages: Math.ceil(found.length / limit) };
  };
  const transport: Transport = async ({ url, body }) => {
    const path = new URL(url).pathname;
    asked.push(path);
    const text = JSON.stringify(answer(path, JSON.parse(body ?? '')));
    between.shift()?.();
    return { status: 200, headers: {}, text };
  };
  const idOf = ({ flow, deployment: name }: Address) => rows.find((row) => row.name === name && row.flow_id === flows.get(flow)?.id)?.id;
  return { client: createClient(routes, { url: 'http://test/api', patience: 0, transport }), asked, rows, between, idOf };
}

const named = ({ flow }: Address): Labels => ({ 'tributary.flow': flow });
const none = (): Labels => ({});
const many = Array.from({ length: 600 }, (_, index) => ({ flow: `flow ${index}`, deployment: 'nightly' }));
const idsOf = (live: ReadonlyMap<string, Deployment>) => Object.fromEntries([...live].map(([name, { id }]) => [name, id]));

it.each([
  ['one request for 200 deployments, and none for their flows', named, many, 3],
  ['one more for 200 flows whose deployments have no label', none, many, 6],
  ['one for an engine without deployments', named, [], 1],
])('a plan of 600 deployments takes %s', async (_, labelsOf, existing, requests) => {
  const engine = engineWith(existing, labelsOf);
  const live = await readLive(engine.client, () => true);
  expect(live.size).toBe(existing.length);
  expect(engine.asked).toHaveLength(requests);
});

it('reads all deployments, and flows of wanted ones only, whatever their names are', async () => {
  const flows = ['a.b', 'ü "x", \\', '  ', ...Array.from({ length: 17 }, (_, index) => `flow ${index}`)];
  const all = flows.flatMap((flow) => flows.map((name) => ({ flow, deployment: name })));
  const engine = engineWith(all, ({ flow, deployment: name }) => (name.startsWith('flow') ? { 'tributary.flow': flow } : {}));
  const live = await readLive(engine.client, ({ name }) => name.startsWith('a'));
  expect([...live.keys()].toSorted()).toEqual(flows.map((flow) => `${flow}/a.b`).toSorted());
  for (const flow of flows) expect(live.get(`${flow}/a.b`)?.id).toBe(engine.idOf({ flow, deployment: 'a.b' }));
  expect(engine.asked).toEqual(['/api/deployments/paginate', '/api/deployments/paginate']);
});

it('misses no deployment although another one is deleted between two pages', async () => {
  const engine = engineWith(many, named);
  engine.between.push(() => engine.rows.shift());
  const live = await readLive(engine.client, () => true);
  expect([...live.keys()].toSorted()).toEqual(
    many
      .slice(1)
      .map(({ flow }) => `${flow}/nightly`)
      .toSorted(),
  );
});

it("reads a copy of a deployment under its own flow, although it has the labels of the original's flow", async () => {
  const [original, copy] = [
    { flow: 'export', deployment: 'nightly' },
    { flow: 'load', deployment: 'nightly' },
  ];
  const copied = { 'tributary.flow': 'export', 'prefect.flow.id': randomUUID() };
  const alone = engineWith([copy], () => copied);
  expect(idsOf(await readLive(alone.client, () => true))).toEqual({ 'load/nightly': alone.idOf(copy) });
  const both = engineWith([original, copy], (address) => (address === copy ? copied : named(address)));
  expect(idsOf(await readLive(both.client, () => true))).toEqual({
    'export/nightly': both.idOf(original),
    'load/nightly': both.idOf(copy),
  });
});
