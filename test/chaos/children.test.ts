import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { allPages } from '@tributary/contract/client/pages';
import { type Client, createClient } from '@tributary/contract/client';
import { retryFlowRun } from '@tributary/contract/client/retry-flow-run';
import { type DeploymentId, type FlowRunId, isTerminal } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { type Routes, routes } from '@tributary/contract/routes';
import { headers } from '@tributary/contract/routes/route';
import { flow, runDeployment, task } from '@tributary/flow';
import { type RunningServer, startServer } from '@tributary/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

import { attempt } from './rough-host.ts';
import { seeded, shuffled } from './random.ts';

/** Each seed gives its own random sequence of faults. CI tests more seeds. */
const seeds = process.env['CI'] ? 200 : 10;
const pool = 'children';

let home: string;
let server: RunningServer;
let client: Client<Routes>;
let parentId: DeploymentId;
const stop = new AbortController();
let working: Promise<void>;
/** How often each child run has completed, by the run's id. */
const completions = new Map<FlowRunId, number>();

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'tributary-chaos-'));
  server = await startServer({ home, port: 0 });
  client = createClient(routes, { url: server.url, patience: 30 });
  await client.createWorkPool({ body: { name: pool, type: 'tributary' } });
  const { data: child } = await client.createFlow({ body: { name: 'child' } });
  await client.createDeployment({ body: { name: 'here', flow_id: child.id, work_pool_name: pool } });
  const { data: parent } = await client.createFlow({ body: { name: 'parent' } });
  parentId = (await client.createDeployment({ body: { name: 'here', flow_id: parent.id } })).data.id;
  working = work();
});
afterAll(async () => {
  stop.abort();
  await working;
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

/** Executes child runs. The first `failures` attempts of a run fail, as its parameter says. A completed run's result is its question. */
async function work(): Promise<void> {
  while (!stop.signal.aborted) {
    const { data } = await client.getScheduledFlowRuns({ path: { pool }, body: { limit: 200 } });
    await Promise.all(data.map(({ flow_run }) => execute(flow_run)));
    if (data.length === 0) await sleep(20);
  }
}

async function execute({ id, parameters }: FlowRun): Promise<void> {
  const path = { id };
  const claimed = await client.setFlowRunState({ path, body: { state: { type: 'PENDING' } } });
  if (claimed.data.status !== 'ACCEPT') return;
  const claim = { [headers.claim]: claimed.headers[headers.claim] ?? '' };
  await client.setFlowRunState({ path, body: { state: { type: 'RUNNING' } }, headers: claim });
  const { run_count } = (await client.readFlowRun({ path })).data;
  const { failures } = z.object({ failures: z.int() }).parse(parameters);
  const state =
    run_count <= failures
      ? { type: 'FAILED' as const, message: 'not yet' }
      : { type: 'COMPLETED' as const, data: { value: parameters['question'] } };
  const { data: ended } = await client.setFlowRunState({ path, body: { state }, headers: claim });
  if (ended.status === 'ACCEPT' && state.type === 'COMPLETED') completions.set(id, (completions.get(id) ?? 0) + 1);
  if (ended.state?.type === 'CANCELLING') await client.setFlowRunState({ path, body: { state: { type: 'CANCELLED' } }, headers: claim });
}

/**
 * Creates a parent flow that asks the question `same` four times, and the questions `a` to `d` once each. The order is random in each
 * attempt. One `same` and the `d` are asked in a child flow in the same process, and some of the others in tasks.
 */
function parentOf(random: () => number) {
  const questions = ['same', 'same', 'same', 'same', 'a', 'b', 'c', 'd'].map((question, index) => ({
    question,
    inFlow: index % 4 === 3,
    failures: Math.floor(random() ** 3 * 3),
  }));
  // `failures` is a parameter, too: the calls that ask the same question must have the same parameters.
  for (const one of questions) if (one.question === 'same') one.failures = questions[0]?.failures ?? 0;
  const ask = async (asked: { readonly question: string; readonly failures: number }): Promise<string> => {
    const parameters = random() < 0.5 ? asked : { failures: asked.failures, question: asked.question };
    const child = await runDeployment.unchecked('child/here', { parameters, pollInterval: 0.01 });
    if (child.state.type !== 'COMPLETED') throw new Error(`${asked.question} ended as ${child.state.name}`);
    expect(child.state.data).toEqual({ value: asked.question });
    return child.id;
  };
  const inTask = task({ name: 'ask', retries: 1 }, ask);
  const inFlow = flow({ name: 'inside', parameters: z.object({ question: z.string(), failures: z.int() }) }, ask);
  const body = async (): Promise<string[]> => {
    const order = shuffled(questions, random).map((one) => ({ ...one, ask: one.inFlow ? inFlow : random() < 0.5 ? inTask : ask }));
    if (random() < 0.5) return Promise.all(order.map((one) => one.ask({ question: one.question, failures: one.failures })));
    const ids: string[] = [];
    for (const one of order) ids.push(await one.ask({ question: one.question, failures: one.failures }));
    return ids;
  };
  return { questions, flow: flow({ name: 'parent', retries: 1 }, body) };
}

const childrenOf = (...any_: FlowRunId[]): Promise<FlowRun[]> =>
  allPages((page) => client.filterFlowRuns({ body: { flow_runs: { parent_flow_run_id: { any_ } }, ...page } }));

/** Retries the parent, as a person would, until it has completed. */
async function untilCompleted(seed: number): Promise<FlowRun> {
  const random = seeded(seed);
  const parent = parentOf(random);
  const { data: created } = await client.createFlowRunFromDeployment({ path: { id: parentId }, body: {} });
  for (let tries = 0; tries < 30; tries += 1) {
    const diesAfter = tries < 3 && random() < 0.6 ? 1 + Math.floor(random() * 60) : null;
    const lived = await attempt(server.url, created.id, parent.flow, { random, loss: 0.1, diesAfter });
    if (!lived) await client.setFlowRunState({ path: { id: created.id }, body: { state: { type: 'CRASHED', message: 'killed' } } });
    const { data: now } = await client.readFlowRun({ path: { id: created.id } });
    if (now.state_type === 'COMPLETED') return now;
    if (!now.state_type || !isTerminal(now.state_type)) throw new Error(`The parent run was left ${now.state_name}.`);
    await retryFlowRun(client, now, { message: 'once more', due: null, patience: 30 });
  }
  throw new Error('The parent run did not complete in 30 attempts.');
}

it(
  `each question is answered once, in any order, with lost requests and killed parents: ${seeds} seeds`,
  { timeout: 600_000 },
  async () => {
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let seed = next; seed < seeds; seed = next) {
        next += 1;
        const parent = await untilCompleted(seed);
        const below = await childrenOf(parent.id);
        const inside = below.filter(({ deployment_id }) => !deployment_id);
        expect(
          inside.map(({ state_type }) => state_type),
          `seed ${seed}`,
        ).toEqual(['COMPLETED', 'COMPLETED']);
        const children = [...below.filter((run) => !inside.includes(run)), ...(await childrenOf(...inside.map(({ id }) => id)))];
        const asked = children.map(({ parameters }) => String(parameters['question'])).toSorted();
        expect(asked, `seed ${seed}`).toEqual(['a', 'b', 'c', 'd', 'same', 'same', 'same', 'same']);
        expect(
          children.map(({ id }) => completions.get(id)),
          `seed ${seed}`,
        ).toEqual(Array.from(children, () => 1));
        const answers = z.array(z.string()).parse(z.object({ value: z.unknown() }).parse(parent.state?.data).value);
        expect(new Set(answers), `seed ${seed}`).toEqual(new Set(children.map(({ id }) => id)));
        expect(parent.state?.message ?? null, `seed ${seed}`).toBeNull();
      }
    };
    await Promise.all(Array.from({ length: 8 }, lane));
  },
);
