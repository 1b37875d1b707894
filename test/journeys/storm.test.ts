import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { FlowRunId } from '@tributary/contract';
import { createClient, fetchTransport, type Transport } from '@tributary/contract/client';
import { fromMillis } from '@tributary/contract/moment';
import type { StateType } from '@tributary/contract/nouns/state';
import { routes } from '@tributary/contract/routes';
import { headers } from '@tributary/contract/routes/route';
import { startServer } from '@tributary/server';
import { startWorker } from '@tributary/worker';
import { expect, it, onTestFinished, vi } from 'vitest';

import { executed, standInParameters } from '../support/host-stand-in.ts';
import { installOn } from '../support/installation.ts';
import { startProxy } from '../support/proxy.ts';
import { createWorkspace } from '../support/workspace.ts';

vi.mock('../../tools/worker/host/run-host.ts', async () => ({ startHost: (await import('../support/host-stand-in.ts')).startHost }));

const acts = ['complete', 'fail', 'crash', 'die'] as const;
const ends = { complete: 'COMPLETED', fail: 'FAILED', crash: 'CRASHED', die: 'CRASHED' } as const;
const unendedTypes: StateType[] = ['SCHEDULED', 'PENDING', 'RUNNING'];
const workers = 4;
const perWave = 50;
/** CI executes more runs. */
const waves = process.env['CI'] ? 20 : 3;
/** Runs in processes of their own. CI executes more. */
const realRuns = process.env['CI'] ? 60 : 12;

/** Answers to claims that came too late: the run had already left the state in which it was offered. */
const stale: string[] = [];

/** A slow network: a claim takes up to 80 ms, longer than the runs, and some answers are lost. */
const slow: Transport = async (request) => {
  if (request.headers[headers.offered] === undefined) return fetchTransport(request);
  await sleep(Math.random() * 80);
  const answer = await fetchTransport(request);
  if (answer.text.includes('has left the state')) stale.push(answer.text);
  if (Math.random() < 0.05) throw new Error('The answer was lost.');
  return answer;
};

it(`four workers execute each of ${waves * perWave} short runs once, whether they complete or fail`, async () => {
  const workspace = createWorkspace({
    'flow.ts': 'export const work = 1;\n',
    // For each run, a worker looks at all files of the framework. This stand-in for the framework has only two files.
    'node_modules/@tributary/flow/package.json': '{"name":"@tributary/flow","type":"module","exports":{"./host":"./host.ts"}}',
    'node_modules/@tributary/flow/host.ts': '',
  });
  onTestFinished(() => workspace.remove());
  // Runs that were due long ago become Late immediately, so their state changes between offer and claim.
  const server = await startServer({ home: workspace.home, port: 0, services: { late: 50 } });
  onTestFinished(() => server.close());
  const client = createClient(routes, { url: server.url, patience: 60 });
  const { data: about } = await client.readTributary({});
  await client.createWorkPool({ body: { name: 'tributary', type: 'tributary' } });
  const { data: flow } = await client.createFlow({ body: { name: 'storm' } });
  const { data: deployment } = await client.createDeployment({
    body: { name: 'storm', flow_id: flow.id, work_pool_name: 'tributary', entrypoint: 'flow.ts:work' },
  });
  const started = await Promise.all(
    Array.from({ length: workers }, (_, index) =>
      startWorker({
        client: createClient(routes, { url: server.url, patience: 60, transport: slow }),
        api: { url: server.url, credential: null, features: about.features },
        name: `worker-${index}`,
        limit: 50,
        prestart: 0,
        root: workspace.root,
        home: workspace.home,
        dataDir: workspace.home,
        env: process.env,
        log: () => undefined,
      }),
    ),
  );
  onTestFinished(async () => void (await Promise.all(started.map((worker) => worker.stop()))));

  const wanted = new Map<FlowRunId, (typeof acts)[number]>();
  const due = fromMillis(Date.now() - 60_000);
  for (let wave = 0; wave < waves; wave += 1) {
    const created = Array.from({ length: perWave }, async (_, index) => {
      const act = acts[index % acts.length] ?? 'fail';
      const parameters = standInParameters.parse({ do: act, milliseconds: index });
      const state = { type: 'SCHEDULED', state_details: { scheduled_time: due } } as const;
      const { data } = await client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: { state, parameters } });
      wanted.set(data.id, act);
    });
    await Promise.all(created);
  }
  const unended = { flow_runs: { state: { type: { any_: unendedTypes } } } };
  await vi.waitFor(async () => expect((await client.countFlowRuns({ body: unended })).data).toBe(0), { timeout: 150_000, interval: 200 });

  const runs: { readonly id: FlowRunId; readonly run_count: number; readonly state_type?: string | null | undefined }[] = [];
  for (let offset = 0; offset < wanted.size; offset += 200)
    runs.push(...(await client.filterFlowRuns({ body: { sort: 'ID_DESC', offset, limit: 200 } })).data);
  const ended = new Map(runs.map((run) => [run.id, run]));
  expect(odd(executed, [...wanted.keys()])).toEqual({ again: [], never: [] });
  for (const [id, act] of wanted) expect(ended.get(id)).toMatchObject({ state_type: ends[act], run_count: 1 });
  // The test is only meaningful if some claims came too late.
  expect(stale.length).toBeGreaterThan(wanted.size / 20);
}, 200_000);

const flows = `import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { flow, run } from '@tributary/flow';
import { z } from 'zod';

export const brief = flow({ name: 'brief', parameters: z.object({ act: z.string() }) }, ({ act }) => {
  appendFileSync(join(run().dataDir, 'executed'), run().flowRunId + '\\n');
  if (act === 'fail') throw new Error('as it should');
  if (act === 'crash') process.exit(7);
});
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { brief } from './flows/brief.ts';

export const deployment = deployFactory({ name: 'brief', flow: brief });
`;

it(`two workers execute each of ${realRuns} runs once, in its own process`, async () => {
  const home = createWorkspace();
  onTestFinished(() => home.remove());
  const server = await startServer({ home: home.home, port: 0 });
  onTestFinished(() => server.close());
  const proxy = await startProxy(server.url);
  onTestFinished(() => proxy.close());
  const on = await installOn(
    { TRIBUTARY_API_URL: proxy.url },
    { 'ints/storm/flows/brief.ts': flows, 'ints/storm/deployments.ts': deployments },
  );
  onTestFinished(() => on.close());
  await on.deploy('storm');
  const wanted = new Map<FlowRunId, keyof typeof ends>();
  for (let n = 0; n < realRuns; n += 1) {
    const act = (['fail', 'complete', 'crash'] as const)[n % 3] ?? 'fail';
    wanted.set(await on.trigger('brief/brief', { act }), act);
  }
  // One claim in two is delayed by up to a second, so that it can take longer than a run.
  let claims = 0;
  proxy.fault = ({ headers: { [headers.offered]: offered } }) =>
    offered === undefined || (claims += 1) % 2 === 0 ? undefined : sleep(Math.random() * 1_000, undefined);
  await Promise.all(['left', 'right'].map((name) => on.startWorker(name, ['--limit', '4'])));
  for (const [id, act] of wanted) expect(await on.ended(id, 60)).toMatchObject({ state_type: ends[act], run_count: 1 });
  const marks = readFileSync(join(on.workspace.home, 'data', 'executed'), 'utf8')
    .trim()
    .split('\n');
  expect(odd(marks, [...wanted.keys()])).toEqual({ again: [], never: [] });
}, 120_000);

/** Finds the runs that were executed twice, and those that were never executed. */
function odd(marks: readonly string[], ids: readonly string[]) {
  const times = Map.groupBy(marks, (mark) => mark);
  return { again: [...times.keys()].filter((id) => times.get(id)?.length !== 1), never: ids.filter((id) => !times.has(id)) };
}
