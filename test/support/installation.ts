import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type FlowRunId, isTerminal, type TerminalStateType } from '@tributary/contract';
import type { Client } from '@tributary/contract/client';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { type Routes, routes } from '@tributary/contract/routes';
import { applyDeployment, loadDeployments } from '@tributary/flow/deploy';
import { connect, resolveEngine } from '@tributary/flow/engine';

import { cleanEnvironment, type Running, type StartOptions, tributary } from './process.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** A workspace on a server, with commands and workers as processes that a test may kill. */
export interface Installation {
  readonly workspace: Workspace;
  readonly client: Client<Routes>;
  readonly url: string;
  startWorker(name: string, flags?: readonly string[]): Promise<Running>;
  /** runs the `tributary` command in this workspace */
  command(args: readonly string[], options?: StartOptions): Running;
  /** creates or updates the deployments of `ints/<name>/deployments.ts` on the server */
  deploy(name: string): Promise<void>;
  trigger(deployment: `${string}/${string}`, parameters?: Readonly<Record<string, unknown>>): Promise<FlowRunId>;
  read(id: FlowRunId): Promise<FlowRun>;
  /** waits until the name or type of the run's state is one of these; fails after the given seconds */
  until(id: FlowRunId, states: readonly string[], seconds?: number): Promise<FlowRun>;
  /** waits until the run has ended, and returns the ended run; fails after the given seconds */
  ended(id: FlowRunId, seconds?: number): Promise<FlowRun & { readonly state_type: TerminalStateType }>;
  /** ends all processes, the youngest first, and removes the workspace */
  close(): Promise<void>;
}

/** An installation with its own embedded server. */
export interface EmbeddedInstallation extends Installation {
  server: Running;
  startServer(): Promise<Running>;
}

/**
 * Creates a workspace with its own embedded server.
 * @param environment further environment variables of the workspace's commands
 */
export async function install(
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<EmbeddedInstallation> {
  const stage = createStage(files, environment);
  try {
    const server = await stage.begin(['server', 'start', '--port', '0'], /"url"/);
    const equipped = await stage.equip();
    const port = new URL(equipped.url).port;
    const installation: EmbeddedInstallation = {
      ...equipped,
      server,
      // A server that is started again gets the same port, as it would from a service manager.
      startServer: async () => (installation.server = await stage.begin(['server', 'start', '--port', port], /"url"/)),
    };
    return installation;
  } catch (error) {
    await stage.close();
    throw error;
  }
}

/**
 * Creates a workspace on a server that is already running.
 * @param environment the environment variables with which the workspace's commands find the server, such as TRIBUTARY_API_URL
 */
export async function installOn(
  environment: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
): Promise<Installation> {
  const stage = createStage(files, environment);
  try {
    return await stage.equip();
  } catch (error) {
    await stage.close();
    throw error;
  }
}

interface Stage {
  /** starts a `tributary` command that keeps running, and waits for what it prints */
  begin(args: readonly string[], ready: RegExp): Promise<Running>;
  equip(): Promise<Installation>;
  close(): Promise<void>;
}

function createStage(files: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}): Stage {
  const workspace = createWorkspace(files);
  const env = { TRIBUTARY_HOME: workspace.home, ...environment };
  const started: Running[] = [];
  const begin = async (args: readonly string[], ready: RegExp) => {
    const running = tributary([...args, '--json'], { cwd: workspace.root, env });
    started.push(running);
    await running.printed(ready);
    return running;
  };
  const close = async () => {
    for (const running of started.toReversed()) await running.stop();
    workspace.remove();
  };
  const equip = async (): Promise<Installation> => {
    const engine = await resolveEngine({ access: 'write', cwd: workspace.root, env: cleanEnvironment(env) });
    const client = connect(routes, engine, { patience: { away: 30, busy: 60 } });
    const read = async (id: FlowRunId) => (await client.readFlowRun({ path: { id } })).data;
    const wait = async (id: FlowRunId, done: (run: FlowRun) => boolean, wish: string, seconds: number) => {
      for (const from = Date.now(); ; await sleep(50)) {
        const run = await read(id);
        if (done(run)) return run;
        if (Date.now() - from > seconds * 1000)
          throw new Error(`After ${seconds} s the run is ${run.state_name} (${run.state?.message ?? ''}), not ${wish}.`);
      }
    };
    return {
      workspace,
      client,
      url: engine.url,
      startWorker: (name, flags = []) => begin(['worker', 'start', '--name', name, ...flags], /"pool"/),
      command: (args, options = {}) => tributary(args, { cwd: workspace.root, ...options, env: { ...env, ...options.env } }),
      async deploy(name) {
        const { deployments: desired } = await loadDeployments(join(workspace.root, 'ints', name, 'deployments.ts'), {
          root: workspace.root,
        });
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
        if (!run.state_type || !isTerminal(run.state_type)) throw new Error('The run has no terminal state.');
        return { ...run, state_type: run.state_type };
      },
      close,
    };
  };
  return { begin, equip, close };
}
