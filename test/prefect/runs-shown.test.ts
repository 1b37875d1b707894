import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Journey, succeeded, travel } from './journey.ts';

const flows = `import {
  allowFailure, flow, imageArtifact, linkArtifact, markdownArtifact, progressArtifact, run, tableArtifact, task,
} from '@tributary/flow';
import { z } from 'zod';

const page = task({ name: 'page', runName: (number: number) => 'page ' + number }, async (number: number) => {
  if (number === 3) throw new Error('no page 3');
  await markdownArtifact({ key: 'page-' + number, markdown: '# Page ' + number });
  return number;
});
const count = task({ name: 'count' }, (pages: readonly (number | Error)[]) => pages.filter((one) => typeof one === 'number').length);
const costly = task({ name: 'costly', cache: 'inputs', cacheFor: '1h' }, (day: string) => day + '!');
export const showing = flow(
  { name: 'showing', parameters: z.object({ day: z.iso.date(), region: z.string().default('eu') }), runName: 'load {day} of {region}' },
  async ({ day }) => {
    const progress = await progressArtifact({ key: 'progress', description: 'pages' });
    const pages = page.map([1, 2, 3]);
    const counted = await count(allowFailure(pages));
    await progress.update(60);
    await costly(day);
    await costly(day);
    await tableArtifact({ key: 'rows', table: [{ page: 1, rows: 10 }, { page: 2, rows: null }], description: 'what was *read*' });
    await linkArtifact({ key: 'link', link: 'https://example.org/report', text: 'the report' });
    await imageArtifact({ key: 'image', image: 'https://example.org/a.png' });
    await progress.update(100);
    return { counted, name: run().flowRunName };
  },
);
export const named = flow({ name: 'named', parameters: z.object({ n: z.int() }), runName: ({ n }) => 'number ' + n * 2 }, () => run().flowRunName);
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { named, showing } from './flows/showing.ts';

export const one = deployFactory({ name: 'here', flow: showing, tags: ['daily'] });
export const two = deployFactory({ name: 'here', flow: named });
`;

let on: Journey;
let id: Awaited<ReturnType<Journey['trigger']>>;
beforeAll(async () => {
  on = await travel({ 'ints/showing/flows/showing.ts': flows, 'ints/showing/deployments.ts': deployments });
  await on.deploy('showing');
  await on.startWorker('showing');
  id = await on.trigger('showing/here', { day: '2026-11-22' });
  await on.until(id, ['COMPLETED'], 60);
}, 240_000);
afterAll(() => on?.close());

it('the name of a run comes from its parameters, by template or function', async () => {
  expect(await on.read(id)).toMatchObject({
    name: 'load 2026-11-22 of eu',
    tags: ['daily'],
    state: { data: { value: { name: 'load 2026-11-22 of eu' } } },
  });
  const other = await on.ended(await on.trigger('named/here', { n: 21 }));
  expect(other).toMatchObject({ name: 'number 42', state: { data: { value: 'number 42' } } });
});

it('a run has its artifacts: table, markdown of a task, link, picture, the last progress', async () => {
  const { data: found } = await on.client.filterArtifacts({ body: { artifacts: { flow_run_id: { any_: [id] } } } });
  // Leaves out the artifact without a key: the server itself creates it for the run's result.
  const artifacts = new Map(found.flatMap((artifact) => (artifact.key ? [[artifact.key, artifact] as const] : [])));
  expect([...artifacts.keys()].toSorted()).toEqual(['image', 'link', 'page-1', 'page-2', 'progress', 'rows']);
  expect(artifacts.get('rows')).toMatchObject({ type: 'table', description: 'what was *read*' });
  expect(JSON.parse(String(artifacts.get('rows')?.data))).toEqual([
    { page: 1, rows: 10 },
    { page: 2, rows: null },
  ]);
  expect(artifacts.get('link')).toMatchObject({ type: 'markdown', data: '[the report](https://example.org/report)' });
  expect(artifacts.get('image')).toMatchObject({ type: 'image', data: 'https://example.org/a.png' });
  expect(artifacts.get('progress')).toMatchObject({ type: 'progress', data: 100 });
  const tasks = await on.tasks(id, 6);
  expect(artifacts.get('page-1')).toMatchObject({ type: 'markdown', task_run_id: tasks.find(({ name }) => name === 'page 1')?.id });
  const { stdout } = await succeeded(on.command(['artifact', 'inspect', 'rows', '--json']));
  expect(stdout).toContain('what was *read*');
});

it('the tasks of a run show their names, the allowed failure, the cached result, and when the cache expires', async () => {
  const tasks = await on.tasks(id, 6);
  const states = Object.fromEntries(tasks.map(({ name, state_name }) => [name, state_name]));
  expect(states).toEqual({
    'page 1': 'Completed',
    'page 2': 'Completed',
    'page 3': 'Failed',
    'count-0': 'Completed',
    'costly-0': 'Completed',
    'costly-1': 'Cached',
  });
  const costly = tasks.find(({ name }) => name === 'costly-0')?.state?.state_details;
  const left = Date.parse(costly?.cache_expiration ?? '') - Date.now();
  expect(left).toBeGreaterThan(50 * 60_000);
  expect(left).toBeLessThan(60 * 60_000);
});

it('the graph of a run has an edge from each page to the task that counted the pages', async () => {
  const { data: graph } = await on.client.readFlowRunGraph({ path: { id } });
  const nodes = new Map(graph.nodes.map(([, node]) => [node.label, node]));
  const parents = nodes.get('count-0')?.parents.map((parent) => graph.nodes.find(([nodeId]) => nodeId === parent.id)?.[1].label);
  expect(parents?.toSorted()).toEqual(['page 1', 'page 2', 'page 3']);
  expect(graph.artifacts.map(({ key }) => key)).toEqual(expect.arrayContaining(['rows', 'progress']));
});
