import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Client, createClient, fetchTransport, type HttpRequest } from '@tributary/contract/client';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Plan } from '@tributary/contract/nouns/plan';
import { routes } from '@tributary/contract/routes';
import { resolveEngine } from '@tributary/flow/engine';
import { startServer } from '@tributary/server';

import { applyPlan } from '../apply-plan.ts';
import { openCode } from '../closure/open-code.ts';
import { type Planned, planLoaded } from '../plan-loaded.ts';
import { folderStorage } from '../storage/storage.ts';
import { createWorkspaces } from './workspace.ts';
import type { PlanRoutes } from '../routes.ts';

/** What happens to a request of an apply before it is sent. A function may throw, as if the network had failed. */
type Before = (request: HttpRequest) => void | Promise<void>;

/** A server, and workspaces that are planned and applied on it in this process. */
export interface ApplyStage {
  readonly client: Client<PlanRoutes>;
  /** @param features what the engine announces @default what the server announces */
  plan(files: Readonly<Record<string, string>>, features?: readonly string[]): Promise<Planned>;
  apply(planned: Planned, before?: Before): Promise<Plan & { readonly writes: readonly string[] }>;
  read(name: string): Promise<Deployment>;
  close(): Promise<void>;
}

export async function createApplyStage(): Promise<ApplyStage> {
  const home = await mkdtemp(join(tmpdir(), 'tributary-apply-'));
  const server = await startServer({ home, port: 0, log: () => undefined });
  const workspaces = createWorkspaces();
  const client = createClient(routes, { url: server.url, patience: 5 });
  const workspace = { id: 'acme/data', isOnItsOwnServer: async () => false };
  return {
    client,
    async plan(files, features) {
      const { root, loaded } = await workspaces.create({ 'nx.json': '{}', ...files });
      const engine = await resolveEngine({ access: 'write', cwd: root, url: server.url, env: {} });
      const code = await openCode(root);
      // Each workspace has a folder of its own. To the engine, all of them are one.
      const moved = loaded.map((one) => ({
        ...one,
        deployments: one.deployments.map((desired) => ({ ...desired, request: { ...desired.request, pull_steps: [] } })),
      }));
      return planLoaded(moved, {
        engine: { ...engine, features: [...(features ?? engine.features)] },
        workspace,
        root,
        code,
        storage: folderStorage(code),
      });
    },
    async apply(planned, before = () => undefined) {
      const writes: string[] = [];
      const hooked = createClient(routes, {
        url: server.url,
        patience: 0,
        async transport(request) {
          await before(request);
          const path = request.url.slice(server.url.length);
          if (request.method !== 'GET' && !/\/(filter|paginate|count)$/.test(path)) writes.push(`${request.method} ${path}`);
          return fetchTransport(request);
        },
      });
      return { ...(await applyPlan({ ...planned, client: hooked })), writes };
    },
    async read(name) {
      const [flow = '', deployment = ''] = name.split('/');
      return (await client.readDeploymentByName({ path: { flow, deployment } })).data;
    },
    async close() {
      await workspaces.remove();
      await server.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
