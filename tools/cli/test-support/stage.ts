import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Client, createClient } from '@tributary/contract/client';
import type { FlowRunId, TaskRunId } from '@tributary/contract/id';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { StateType } from '@tributary/contract/nouns/state';
import { type Routes, routes } from '@tributary/contract/routes';
import { fromMillis } from '@tributary/contract/time';
import { startServer, type ServerOptions } from '@tributary/server';

import { callCommand, type Called, type CommandOptions, type Ended, type InProcessOptions, type Running, startCommand } from './command.ts';

/** A workspace with a running server, and functions that send what a worker and its hosts would report. */
export interface Stage {
  readonly root: string;
  readonly home: string;
  readonly url: string;
  readonly client: Client<Routes>;
  /** runs a command in this process until the command has ended */
  command(args: readonly string[], options?: Partial<InProcessOptions>): Promise<Ended>;
  /** begins a command in this process */
  call(args: readonly string[], options?: Partial<InProcessOptions>): Called;
  /** starts a command in a process of its own */
  start(args: readonly string[], options?: Partial<CommandOptions>): Running;
  deploy(flow: string, name: string, extra?: Partial<Parameters<Client<Routes>['createDeployment']>[0]['body']>): Promise<Deployment>;
  trigger(deployment: Deployment, name?: string): Promise<FlowRunId>;
  state(id: FlowRunId, type: StateType, message?: string): Promise<void>;
  task(flowRunId: FlowRunId, name: string): Promise<TaskRunId>;
  taskState(id: TaskRunId, type: StateType, message?: string): Promise<void>;
  /** @param ago age of the line in seconds */
  log(flowRunId: FlowRunId, message: string, level?: number, ago?: number): Promise<void>;
  /** creates a child run as runDeployment does */
  child(parent: FlowRunId, deployment: Deployment, name: string): Promise<FlowRunId>;
  close(): Promise<void>;
}

export function createWorkspace(): { readonly root: string; readonly home: string; readonly remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'tributary-cli-'));
  writeFileSync(join(root, 'nx.json'), '{"tributary": {"workspace": "test/cli"}}');
  return { root, home: join(root, '.tributary'), remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }) };
}

export async function createStage(limits: Pick<ServerOptions, 'authString' | 'maximumPages'> = {}): Promise<Stage> {
  const { authString } = limits;
  const { root, home, remove } = createWorkspace();
  const server = await startServer({ home, port: 0, ...limits, log: () => undefined });
  const authorization = authString ? `Basic ${Buffer.from(authString).toString('base64')}` : undefined;
  const client = createClient(routes, { url: server.url, patience: 5, authorization });
  const call: Stage['call'] = (args, options = {}) => callCommand(args, { cwd: root, ...options });
  return {
    root,
    home,
    url: server.url,
    client,
    call,
    command: (args, options) => call(args, options).ended,
    start: (args, options = {}) => startCommand(args, { cwd: root, ...options }),
    async deploy(flow, name, extra = {}) {
      const { data: found } = await client.createFlow({ body: { name: flow } });
      const body = { name, flow_id: found.id, work_pool_name: 'tributary', work_queue_name: 'default', ...extra };
      await client.createWorkPool({ body: { name: 'tributary', type: 'tributary' } }).catch(() => undefined);
      return (await client.createDeployment({ body })).data;
    },
    async trigger({ id }, name) {
      const body = name === undefined ? {} : { name };
      return (await client.createFlowRunFromDeployment({ path: { id }, body })).data.id;
    },
    async state(id, type, message) {
      await client.setFlowRunState({ path: { id }, body: { state: { type, ...(message ? { message } : {}) } } });
    },
    async task(flow_run_id, name) {
      const body = { flow_run_id, name, task_key: name, dynamic_key: '0', state: { type: 'PENDING' as const } };
      return (await client.createTaskRun({ body })).data.id;
    },
    async taskState(id, type, message) {
      await client.setTaskRunState({ path: { id }, body: { state: { type, ...(message ? { message } : {}) } } });
    },
    async log(flow_run_id, message, level = 20, ago = 0) {
      await client.createLogs({ body: [{ name: 'flow', level, message, timestamp: fromMillis(Date.now() - ago * 1000), flow_run_id }] });
    },
    async child(parent, deployment, name) {
      const { data: standIn } = await client.createTaskRun({
        body: {
          flow_run_id: parent,
          name: `run ${name}`,
          task_key: `run_deployment.${name}`,
          dynamic_key: '0',
          state: { type: 'PENDING' },
        },
      });
      const { data } = await client.createFlowRunFromDeployment({
        path: { id: deployment.id },
        body: { name, parent_task_run_id: standIn.id },
      });
      return data.id;
    },
    async close() {
      await server.close();
      remove();
    },
  };
}
