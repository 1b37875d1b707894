import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type FlowRunId, isTerminal, type TerminalStateType } from '@tributary/contract';
import type { Client } from '@tributary/contract/client';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { Routes } from '@tributary/contract/routes';
import { applyDeployment, loadDeployments } from '@tributary/flow/deploy';
import { connect, resolveEngine } from '@tributary/flow/engine';

import { cleanEnvironment, type Running, type StartOptions, tributary } from './process.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** A workspace with a server of its own, as processes that a test may kill. */
export interface Installation {
  readonly workspace: Workspace;
  readonly client: Client<Routes>;
  readonly url: string;
  server: Running;
  startServer(): Promise<Running>;
  startWorker(name: string, flags?: readonly string[]): Promise<Running>;
  /** the `tributary` command in this workspace */
  command(args: readonly string[], options?: StartOptions): Running;
  /** applies `ints/<name>/deployments.ts` */
  deploy(name: string): Promise<void>;
  trigger(deployment: `${string}/${string}`, parameters?: Readonly<Record<string, unknown>>): Promise<FlowRunId>;
  read(id: FlowRunId): Promise<FlowRun>;
  /** the run when its state's name, or type, is one of these; fails after so many seconds */
  until(id: FlowRunId, states: readonly string[], seconds?: number): Promise<FlowRun>;
  /** the run once it has ended */
  ended(id: FlowRunId, seconds?: number): Promise<FlowRun & { readonly state_type: TerminalStateType }>;
  close(): Promise<void>;
}

export async function install(files: Readonly<Record<string, string>>): Promise<Installation> {
  const workspace = createWorkspace(files);
  const env = { TRIBUTARY_HOME: workspace.home };
  const started: Running[] = [];
  const begin = async (args: readonly string[], ready: RegExp) => {
    const running = tributary([...args, '--json'], { cwd: workspace.root, env });
    started.push(running);
    await running.printed(ready);
    return running;
  };
  try {
    const server = await begin(['server', 'start', '--port', '0'], /"url"/);
    const engine = await resolveEngine({ access: 'write', cwd: workspace.root, env: cleanEnvironment(env) });
    const port = new URL(engine.url).port;
    const client = connect(engine, { patience: 30 });
    const read = async (id: FlowRunId) => (await client.readFlowRun({ path: { id } })).data;
    const wait = async (id: FlowRunId, done: (run: FlowRun) => boolean, wish: string, seconds: number) => {
      for (let waited = 0; ; waited += 50) {
        const run = await read(id);
        if (done(run)) return run;
        if (waited > seconds * 1000)
          throw new Error(`After ${seconds} s the run is ${run.state_name} (${run.state?.message ?? ''}), not ${wish}.`);
        await sleep(50);
      }
    };
    const installation: Installation = {
      workspace,
      client,
      url: engine.url,
      server,
      // On the same port, as a service manager would start it again.
      startServer: async () => (installation.server = await begin(['server', 'start', '--port', port], /"url"/)),
      startWorker: (name, flags = []) => begin(['worker', 'start', '--name', name, ...flags], /"pool"/),
      command: (args, options = {}) => tributary(args, { cwd: workspace.root, ...options, env: { ...env, ...options.env } }),
      async deploy(name) {
        const desired = await loadDeployments(join(workspace.root, 'ints', name, 'deployments.ts'), { root: workspace.root });
        for (const deployment of desired) await applyDeployment(client, deployment);
      },
      async trigger(deployment, parameters = {}) {
        const [flow = '', name = ''] = deployment.split('/');
        const { data } = await client.readDeploymentByName({ path: { flow, deployment: name } });
        return (await client.createFlowRunFromDeployment({ path: { id: data.id }, body: { parameters } })).data.id;
      },
      read,
      until: (id, states, seconds = 20) =>
        wait(id, (run) => states.includes(run.state_name ?? '') || states.includes(run.state_type ?? ''), states.join(' or '), seconds),
      async ended(id, seconds = 20) {
        const run = await wait(id, ({ state_type }) => state_type != null && isTerminal(state_type), 'ended', seconds);
        if (!run.state_type || !isTerminal(run.state_type)) throw new Error('unreachable');
        return { ...run, state_type: run.state_type };
      },
      async close() {
        for (const running of started.toReversed()) await running.stop();
        workspace.remove();
      },
    };
    return installation;
  } catch (error) {
    for (const running of started.toReversed()) await running.stop();
    workspace.remove();
    throw error;
  }
}
