import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { type Client } from '@tributary/contract/client';
import type { DeploymentId } from '@tributary/contract';
import { baseJobTemplate } from '@tributary/contract/nouns/work-pool';
import { type Routes, routes } from '@tributary/contract/routes';
import { connect, resolveEngine } from '@tributary/flow/engine';

import type { Prefect } from '../support/prefect/server.ts';
import { cleanEnvironment, type Running, tributary } from '../support/process.ts';
import type { Stops } from '../support/stops.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

/** A server and our workers, each with a pool and a deployment of the same no-op flow. */
export interface Stage {
  readonly workspace: Workspace;
  /** the environment variables with which the workspace's commands find the server */
  readonly environment: Readonly<Record<string, string>>;
  readonly client: Client<Routes>;
  readonly url: string;
  readonly serverPid: number;
  readonly deployments: Readonly<Record<Deployment, DeploymentId>>;
  readonly burstSize: number;
  /** how many processes run at once in a burst */
  readonly width: number;
  startWorkers(pools: readonly Pool[]): Promise<void>;
  /** the processes that the bench starts and has to end */
  readonly stops: Stops;
}

type Pool = 'prestarted' | 'spawned' | 'burst';
type Deployment = Pool | 'tasks' | 'waits' | 'parent';

/** The no-op flow. */
export const flowFile = `import { flow } from '@tributary/flow';

export const noop = flow({ name: 'bench' }, () => ({ at: String(process.hrtime.bigint()) }));
`;
const taskFile = `import { flow, task } from '@tributary/flow';
import { z } from 'zod';

const nothing = task({ name: 'nothing' }, (index: number) => index);

export const tasks = flow({ name: 'bench', parameters: z.object({ mapped: z.int().default(1000) }) }, async ({ mapped }) => {
  const began = performance.now();
  for (let index = 0; index < 1000; index += 1) await nothing(index);
  const row = performance.now() - began;
  await nothing.map(Array.from({ length: mapped }, (_, index) => index)).result();
  return { row, mapped: performance.now() - began - row, end: String(process.hrtime.bigint()) };
});
`;
const waitsFile = `import { flow, waitForFlowRun } from '@tributary/flow';
import { z } from 'zod';

export const waits = flow({ name: 'bench', parameters: z.object({ ids: z.string() }) }, async ({ ids }) => {
  const lines: string[] = [];
  for (const id of ids.split(',')) {
    await waitForFlowRun(id);
    lines.push(String(process.hrtime.bigint()));
  }
  return lines;
});
`;

const parentFile = `import { flow, runDeployment } from '@tributary/flow';

export const parent = flow({ name: 'bench' }, async () => {
  let own = 0;
  for (let child = 0; child < 3; child += 1)
    own += (await runDeployment.unchecked('bench/burst', { raiseFinalState: true })).total_run_time;
  return { own };
});
`;

/** Creates a stage. @param prefect a running Prefect server @default a new embedded server */
export async function startBench(stops: Stops, prefect?: Prefect): Promise<Stage> {
  const width = 2 * availableParallelism();
  const workspace = createWorkspace({
    'ints/bench/flows/noop.ts': flowFile,
    'ints/bench/flows/tasks.ts': taskFile,
    'ints/bench/flows/waits.ts': waitsFile,
    'ints/bench/flows/parent.ts': parentFile,
  });
  await stops.add(workspace, async ({ remove }) => remove());
  const env = { TRIBUTARY_HOME: workspace.home, ...prefect?.environment };
  const begin = async (args: readonly string[], ready: RegExp): Promise<Running> => {
    const process = await stops.add(tributary([...args, '--json'], { cwd: workspace.root, env }), (running) => running.stop());
    await process.printed(ready);
    return process;
  };
  const server = prefect?.running ?? (await begin(['server', 'start', '--port', '0'], /"url"/));
  const engine = await resolveEngine({ access: 'write', cwd: workspace.root, env: cleanEnvironment(env) });
  const client = connect(routes, engine, { patience: prefect ? 600 : 30 });
  const deployments = {
    prestarted: await deploy(client, workspace, 'prestarted'),
    spawned: await deploy(client, workspace, 'spawned'),
    burst: await deploy(client, workspace, 'burst'),
    tasks: await deploy(client, workspace, 'prestarted', 'tasks'),
    waits: await deploy(client, workspace, 'prestarted', 'waits'),
    parent: await deploy(client, workspace, 'prestarted', 'parent'),
  };
  const flags: Record<Pool, readonly string[]> = {
    prestarted: ['--limit', '2', '--prestart', '1'],
    spawned: ['--limit', '2', '--prestart', '0'],
    burst: ['--limit', String(width)],
  };
  return {
    workspace,
    environment: env,
    client,
    url: engine.url,
    serverPid: server.pid,
    async startWorkers(pools) {
      for (const pool of pools) await begin(['worker', 'start', '--pool', pool, '--name', pool, ...flags[pool]], /"pool"/);
    },
    deployments,
    burstSize: 100,
    width,
    stops,
  };
}

async function deploy(
  client: Client<Routes>,
  workspace: Workspace,
  pool: Pool,
  flow: 'noop' | 'tasks' | 'waits' | 'parent' = 'noop',
): Promise<DeploymentId> {
  const name = flow === 'noop' ? pool : flow;
  if (flow === 'noop') await client.createWorkPool({ body: { name: pool, type: 'tributary', base_job_template: baseJobTemplate } });
  const { data: owner } = await client.createFlow({ body: { name: 'bench' } });
  const { data } = await client.createDeployment({
    body: {
      name,
      flow_id: owner.id,
      work_pool_name: pool,
      path: join('ints', 'bench'),
      entrypoint: `flows/${flow}.ts:${flow}`,
      pull_steps: [{ 'tributary.local_folder': { root: workspace.root } }],
    },
  });
  return data.id;
}
