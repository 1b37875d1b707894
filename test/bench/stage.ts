import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { type Client } from '@tributary/contract/client';
import type { DeploymentId } from '@tributary/contract';
import { baseJobTemplate } from '@tributary/contract/nouns/work-pool';
import type { Routes } from '@tributary/contract/routes';
import { connect, resolveEngine } from '@tributary/flow/engine';

import { cleanEnvironment, type Running, tributary } from '../support/process.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

/** One server and three workers, each with a pool and a deployment of the same no-op flow. */
export interface Stage {
  readonly workspace: Workspace;
  readonly client: Client<Routes>;
  readonly url: string;
  readonly deployments: Readonly<Record<Pool, DeploymentId>>;
  readonly burstSize: number;
  /** how many processes run at once in a burst */
  readonly width: number;
  close(): Promise<void>;
}

type Pool = 'prestarted' | 'spawned' | 'burst';

const flowFile = `import { flow } from '@tributary/flow';

export const noop = flow({ name: 'bench' }, () => ({ at: String(process.hrtime.bigint()) }));
`;

export async function startBench(): Promise<Stage> {
  const width = 2 * availableParallelism();
  const workspace = createWorkspace({ 'ints/bench/flows/noop.ts': flowFile });
  const env = { TRIBUTARY_HOME: workspace.home };
  const running: Running[] = [];
  const close = async () => {
    for (const process of running.toReversed()) await process.stop();
    workspace.remove();
  };
  try {
    const server = tributary(['server', 'start', '--port', '0', '--json'], { cwd: workspace.root, env });
    running.push(server);
    await server.printed(/"url"/);
    const engine = await resolveEngine({ access: 'write', cwd: workspace.root, env: cleanEnvironment(env) });
    const client = connect(engine, { patience: 30 });
    const deployments = {
      prestarted: await deploy(client, workspace, 'prestarted'),
      spawned: await deploy(client, workspace, 'spawned'),
      burst: await deploy(client, workspace, 'burst'),
    };
    for (const [pool, flags] of [
      ['prestarted', ['--limit', '2', '--prestart', '1']],
      ['spawned', ['--limit', '2', '--prestart', '0']],
      ['burst', ['--limit', String(width)]],
    ] as const) {
      const worker = tributary(['worker', 'start', '--pool', pool, '--name', pool, ...flags, '--json'], { cwd: workspace.root, env });
      running.push(worker);
      await worker.printed(/"pool"/);
    }
    return { workspace, client, url: engine.url, deployments, burstSize: 100, width, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function deploy(client: Client<Routes>, workspace: Workspace, pool: Pool): Promise<DeploymentId> {
  await client.createWorkPool({ body: { name: pool, type: 'tributary', base_job_template: baseJobTemplate } });
  const { data: flow } = await client.createFlow({ body: { name: 'bench' } });
  const { data } = await client.createDeployment({
    body: {
      name: pool,
      flow_id: flow.id,
      work_pool_name: pool,
      path: join('ints', 'bench'),
      entrypoint: 'flows/noop.ts:noop',
      pull_steps: [{ 'tributary.local_folder': { root: workspace.root } }],
    },
  });
  return data.id;
}
