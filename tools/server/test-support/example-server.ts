import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Client, createClient } from '@tributary/contract/client';
import type { Deployment, DeploymentCreateInput } from '@tributary/contract/nouns/deployment';
import type { Flow } from '@tributary/contract/nouns/flow';
import { routes, type Routes } from '@tributary/contract/routes';

import { type RunningServer, type ServerOptions, startServer } from '../start.ts';

/** A real server with its own home and port, and a client for it. */
export interface Example {
  readonly home: string;
  readonly server: RunningServer;
  readonly client: Client<Routes>;
  /** the lines that the server logged */
  readonly lines: string[];
  /** sends one request, without parsing its answer or retrying it */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<{ status: number; body: unknown }>;
  /** creates a flow, the pool `tributary` and a deployment in its default queue */
  deploy(create?: Partial<DeploymentCreateInput>): Promise<{ flow: Flow; deployment: Deployment }>;
  close(): Promise<void>;
}

export async function startExample(options: Partial<ServerOptions> = {}): Promise<Example> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'tributary-server-'));
  const lines: string[] = [];
  const server = await startServer({ port: 0, log: (line) => lines.push(line), ...options, home });
  const authorization = options.authString && `Basic ${Buffer.from(options.authString).toString('base64')}`;
  const client = createClient(routes, { url: server.url, patience: 0, authorization: authorization ?? undefined });
  return {
    home,
    server,
    client,
    lines,
    send: async (method, path, body, headers = {}) => {
      const answer = await fetch(`${server.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
    },
    deploy: async (create = {}) => {
      const { data: flow } = await client.createFlow({ body: { name: 'export' } });
      await client.createWorkPool({ body: { name: 'tributary', type: 'tributary' } }).catch(() => undefined);
      const body = { name: 'nightly', flow_id: flow.id, work_pool_name: 'tributary', ...create };
      const { data: deployment } = await client.createDeployment({ body });
      return { flow, deployment };
    },
    close: async () => {
      await server.close();
      if (!options.home) rmSync(home, { recursive: true, force: true });
    },
  };
}
