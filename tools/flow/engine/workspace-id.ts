import { join } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import { once } from '@tributary/contract/once';

import type { Environment } from './credential.ts';
import { readServerFile } from './embedded.ts';
import { homeOf } from './find-root.ts';
import { readBoot } from './health.ts';
import type { Engine } from './resolve-engine.ts';
import { checkWorkspaceId, localWorkspace, readWorkspaceSettings } from './workspace-setting.ts';

/** The environment variable with an id for a throwaway engine, such as that of the demo. It wins over nx.json. */
const variable = 'TRIBUTARY_WORKSPACE';

/** Who a workspace is on an engine. */
export interface Workspace {
  /** the id in nx.json or in the environment; {@link localWorkspace} for a workspace without one on its own server */
  readonly id: string;
  /** whether the engine is the workspace's own server, so that deployments of {@link localWorkspace} are this workspace's too */
  readonly isOnItsOwnServer: () => Promise<boolean>;
}

/**
 * Finds out who a workspace is on an engine, by the id in its nx.json. The id is never derived from a folder or a remote, because those of two
 * workspaces may be equal.
 * @throws `misuse` for a workspace without an id, unless the engine is its own server
 */
export async function identifyWorkspace(
  engine: Pick<Engine, 'url' | 'kind'>,
  root: string,
  env: Environment = process.env,
): Promise<Workspace> {
  const given = env[variable];
  const workspace = given ? checkWorkspaceId(given, variable) : (await readWorkspaceSettings(root)).workspace;
  const ask = once((home: string) => isOwnServer(engine, home));
  const isOnItsOwnServer = () => ask(homeOf(root, env));
  if (workspace !== undefined) return { id: workspace, isOnItsOwnServer };
  if (await isOnItsOwnServer()) return { id: localWorkspace, isOnItsOwnServer };
  throw new TributaryError(
    'misuse',
    `This workspace has no id, so the server at ${engine.url} could not tell its deployments from those of other workspaces. ` +
      `Add a line to ${join(root, 'nx.json')}, with a name that no other workspace of this server has, and commit it: "tributary": {"workspace": "acme/data"}`,
  );
}

/** Compares the process that answers with the one that runs for this workspace: another server may have taken over the port of an ended one. */
async function isOwnServer({ url, kind }: Pick<Engine, 'url' | 'kind'>, home: string): Promise<boolean> {
  if (kind !== 'tributary') return kind === 'embedded';
  const own = await readServerFile(home);
  return own !== undefined && (await readBoot(url)).boot === own.boot;
}
