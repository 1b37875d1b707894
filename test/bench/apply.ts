import { createClient } from '@tributary/contract/client';
import type { DeploymentId, FlowRunId } from '@tributary/contract/id';
import { type DeploymentChange, maximumChanges } from '@tributary/contract/routes/apply';
import { routes } from '@tributary/contract/routes';
import { z } from 'zod';

import { tributary } from '../support/process.ts';
import type { Stops } from '../support/stops.ts';
import { createWorkspace } from '../support/workspace.ts';

/** Samples in milliseconds. */
export interface ApplySamples {
  /** how long all owners take together */
  readonly whole: number[];
  /** the longest that a claim waits for its answer in the meantime */
  readonly longest: number[];
}

/** How many owners apply at once. Each creates as many deployments as one request may have. */
const owners = 5;
/** How many runs are there to be claimed in one sample. */
const claimable = 2000;

type Client = ReturnType<typeof createClient<typeof routes>>;

/** Claims one run after another while five owners create 1,000 deployments with a schedule and a schema each. */
export async function measureApply(stops: Stops, samples: number): Promise<ApplySamples> {
  const workspace = createWorkspace({});
  await stops.add(workspace, async ({ remove }) => remove());
  const options = { cwd: workspace.root, env: { TRIBUTARY_HOME: workspace.home } };
  const server = await stops.add(tributary(['server', 'start', '--port', '0', '--json'], options), (running) => running.stop());
  const [, url = ''] = await server.printed(/"url":"([^"]+)"/);
  const client = createClient(routes, { url, patience: 30 });
  await client.createWorkPool({ body: { name: 'bench', type: 'tributary' } });
  const taken: ApplySamples = { whole: [], longest: [] };
  for (let sample = 0; sample <= samples; sample += 1) {
    const runs = await createRuns(client);
    const bodies = Array.from({ length: owners }, (_, owner) => bodyOf(owner, sample));
    const began = performance.now();
    const applying = Promise.all(bodies.map((body) => send(url, body)));
    const waits = await claimUntil(client, runs, applying);
    await applying;
    taken.whole.push(performance.now() - began);
    taken.longest.push(Math.max(...waits));
    for (const ids of await applying) await Promise.all(ids.map((id) => client.deleteDeployment({ path: { id } })));
  }
  // The first sample loads and compiles the server's code.
  return { whole: taken.whole.slice(1), longest: taken.longest.slice(1) };
}

/** Sends a text as it is, and doesn't parse the answer before all owners are done: this process has claims to measure. */
async function send(url: string, body: string): Promise<DeploymentId[]> {
  const answer = await fetch(`${url}/tributary/apply`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The apply was answered ${answer.status}: ${text.slice(0, 200)}`);
  return answered.parse(JSON.parse(text)).map(({ id }) => id);
}
const answered = z.array(z.object({ id: routes.readDeployment.answer.shape.id }));

/** @returns how many milliseconds each claim took */
async function claimUntil(client: Client, runs: readonly FlowRunId[], applying: Promise<unknown>): Promise<number[]> {
  let isDone = false;
  void applying.finally(() => (isDone = true)).catch(() => undefined);
  const waits: number[] = [];
  for (const id of runs) {
    if (isDone) return waits;
    const began = performance.now();
    const { data } = await client.setFlowRunState({ path: { id }, body: { state: { type: 'PENDING' } } });
    if (data.status !== 'ACCEPT') throw new Error(`A claim was answered ${data.status}.`);
    waits.push(performance.now() - began);
  }
  throw new Error(`All ${runs.length} runs were claimed before the apply had ended.`);
}

async function createRuns(client: Client): Promise<FlowRunId[]> {
  const { data: flow } = await client.createFlow({ body: { name: 'claimed' } });
  const { data: deployment } = await client.createDeployment({ body: { name: 'claimed', flow_id: flow.id, work_pool_name: 'bench' } });
  const create = async () => (await client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: {} })).data.id;
  return Promise.all(Array.from({ length: claimable }, create));
}

function bodyOf(owner: number, sample: number): string {
  const properties = Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [`field${index}`, { type: 'string', title: `Field ${index}` }]),
  );
  const changes = Array.from({ length: maximumChanges }, (_, index): DeploymentChange => ({
    change: 'put',
    flow: `bench ${owner} ${index}`,
    seen: null,
    deployment: {
      name: `nightly ${sample}`,
      work_pool_name: 'bench',
      description: 'Loads what has changed since yesterday.',
      tags: ['bench'],
      labels: { 'tributary.workspace': `bench/${owner}`, 'tributary.project': `ints-${index}`, 'tributary.applied': 'x'.repeat(300) },
      parameters: { field0: 'one' },
      parameter_openapi_schema: { type: 'object', properties },
      schedules: [{ schedule: { cron: '0 5 * * *', timezone: 'Europe/Berlin' }, slug: 'daily' }],
      entrypoint: 'flows/flow.ts:main',
      path: `ints/bench_${index}`,
      job_variables: { env: { MODE: 'bench' } },
      pull_steps: [{ 'tributary.local_folder': { root: '/srv/bench' } }],
    },
  }));
  return JSON.stringify({ changes });
}
