import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type Client, createClient } from '@tributary/contract/client';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { DeploymentPlan, Plan } from '@tributary/contract/nouns/plan';
import { type Routes, routes } from '@tributary/contract/routes';
import { startServer } from '@tributary/server';

import type { Answered, Asked } from './plan-in-child.ts';
import { createRepository, type Files, type Repository } from './repository.ts';

const framework = fileURLToPath(new URL('../../..', import.meta.url));

/** @see Asked */
type PlanOptions = Pick<Asked, 'names' | 'policy' | 'against'> &
  Partial<Pick<Asked, 'env'>> & {
    /** the folder of the workspace in its repository @default the repository itself */
    readonly folder?: string;
  };

/** A workspace in a git repository, which plans and deploys like the commands. */
export interface Clone extends Repository {
  plan(options?: PlanOptions): Promise<Plan>;
  deploy(options?: PlanOptions): Promise<Plan>;
  /** applies each deployment as a script does by `.apply()` */
  apply(...names: readonly string[]): Promise<void>;
  /** clones the last commit @param options of `git clone` */
  clone(...options: readonly string[]): Promise<Clone>;
}

/** What a test needs of a team: a server, and workspaces that deploy to it. */
export interface Team {
  readonly client: Client<Routes>;
  readonly url: string;
  /** the home folder of the server */
  readonly home: string;
  /**
   * creates a workspace and commits it
   * @param id the id in its nx.json; null for none
   * @param integrations the deployments.ts by integration
   */
  workspace(id: string | null, integrations: Readonly<Record<string, string>>): Promise<Clone>;
  read(name: string): Promise<Deployment>;
  /** deletes all deployments */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server, and a process in which workspaces are planned. */
export async function createTeam(): Promise<Team> {
  const home = await mkdtemp(join(tmpdir(), 'tributary-team-'));
  const server = await startServer({ home, port: 0, log: () => undefined });
  const client = createClient(routes, { url: server.url, patience: 0 });
  const child = fork(fileURLToPath(new URL('plan-in-child.ts', import.meta.url)), {
    env: { ...process.env, TRIBUTARY_API_URL: server.url },
  });
  const folders = [home];
  const ask = async (asked: Pick<Asked, 'verb' | 'root'> & PlanOptions): Promise<Answered> => {
    child.send({ env: { TRIBUTARY_API_URL: server.url }, ...asked } satisfies Asked);
    const [answered]: Answered[] = await once(child, 'message');
    if (!answered || 'error' in answered) throw new Error(answered?.error);
    return answered;
  };
  const cloneAt = async (repository: Repository): Promise<Clone> => {
    const { root } = repository;
    folders.push(root);
    await symlink(join(framework, 'node_modules'), join(root, 'node_modules'));
    const planBy = async (asked: Pick<Asked, 'verb'> & PlanOptions): Promise<Plan> => {
      const { folder = '.', ...rest } = asked;
      const answered = await ask({ ...rest, root: join(root, folder) });
      if (!('plan' in answered)) throw new Error('no plan');
      const { plan } = answered;
      // Each change of a deployments.ts makes the registry stale, and a plan writes it anew.
      return { ...plan, findings: plan.findings.filter(({ code }) => code !== 'stale_registry') };
    };
    return {
      ...repository,
      plan: (options) => planBy({ verb: 'plan', ...options }),
      deploy: (options) => planBy({ verb: 'deploy', ...options }),
      apply: async (...names) => void (await ask({ verb: 'apply', root, names })),
      clone: async (...options) => {
        const other = await createRepository({});
        await other.git('clone', '-q', ...options, `file://${root}`, '.');
        return cloneAt(other);
      },
    };
  };
  return {
    client,
    url: server.url,
    home,
    async workspace(id, integrations) {
      const repository = await createRepository({
        'nx.json': id === null ? {} : { tributary: { workspace: id } },
        'package.json': { name: 'workspace', private: true, type: 'module' },
        'package-lock.json': { lockfileVersion: 3, packages: {} },
        '.gitignore': 'node_modules\n.tributary\n*.gen.ts\n',
        ...deploymentsIn(integrations),
      });
      const clone = await cloneAt({ ...repository, root: await realpath(repository.root) });
      await clone.commit();
      return clone;
    },
    async read(name) {
      const [flow = '', deployment = ''] = name.split('/');
      return (await client.readDeploymentByName({ path: { flow, deployment } })).data;
    },
    async clear() {
      const { data: rows } = await client.filterDeployments({ body: {} });
      await Promise.all(rows.map(({ id }) => client.deleteDeployment({ path: { id } })));
    },
    async close() {
      child.disconnect();
      await server.close();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })));
    },
  };
}

/** The files of integrations. @param integrations the deployments.ts by integration */
export function deploymentsIn(integrations: Readonly<Record<string, string>>): Files {
  return Object.fromEntries(Object.entries(integrations).map(([name, text]) => [`ints/${name}/deployments.ts`, text]));
}

/**
 * The text of a deployments.ts with one flow for each deployment.
 * @param deployments options of deployFactory, as source text, by `flow/deployment`
 */
export function declaring(deployments: Readonly<Record<string, string>>): string {
  const lines = Object.entries(deployments).map(([name, options], index) => {
    const [flow, deployment] = name.split('/');
    return `export const f${index} = flow({ name: '${flow}' }, () => 1);\nexport const d${index} = deployFactory({ name: '${deployment}', flow: f${index}, ${options} });\n`;
  });
  return `import { deployFactory, flow } from '@tributary/flow';\n${lines.join('')}`;
}

const signs = { create: '+', update: '~', unchanged: '=', delete: '-' } as const;

/** What a plan says, one line for each integration, deployment and finding: `ints-shop`, `- load/shop`, `error other_owner ints-shop`. */
export function linesOf({ integrations, findings }: Plan): string[] {
  const owner = ({ owner: from }: DeploymentPlan): string => (from ? ` from ${from.workspace ?? 'nobody'}:${from.project}` : '');
  return [
    ...findings.map(({ severity, code, integration }) => `${severity} ${code} ${integration ?? 'all'}`),
    ...integrations.flatMap(({ name, removed, deployments }) => [
      removed ? `${name} (removed)` : name,
      ...deployments.map((one) => `${signs[one.action]} ${one.name}${owner(one)}${one.replaces === null ? '' : ` for ${one.replaces}`}`),
    ]),
  ];
}
