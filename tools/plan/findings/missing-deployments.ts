import { relative } from 'node:path';

import type { Client } from '@tributary/contract/client';
import { nearest } from '@tributary/contract/nearest';
import type { Finding } from '@tributary/contract/nouns/plan';

import type { Loaded } from '../load/loaded.ts';
import type { LiveDeployments } from '../plan/read-live.ts';
import type { PlanRoutes } from '../routes.ts';
import { readSimilar } from './read-similar.ts';

/** A declaration by externalDeployment, and the integrations that reach it. */
interface Declared {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly projects: readonly string[];
}

/**
 * Finds deployments from outside that the code declares and the engine lacks. A deployment of this plan counts as live. Each finding is only a
 * warning: otherwise two teams that call each other's deployments could never begin to deploy.
 * @param engine.live the live deployments, at least those with a name that the code declares
 * @param root the workspace, without symbolic links
 */
export async function missingDeployments(
  loaded: readonly Loaded[],
  { client, live }: { readonly client: Client<PlanRoutes>; readonly live: Promise<LiveDeployments> },
  root: string,
): Promise<Finding[]> {
  const own = new Set<string>(loaded.flatMap(({ deployments }) => deployments.map(({ name }) => name)));
  const declared = declarations(loaded).filter(({ name }) => !own.has(name));
  if (declared.length === 0) return [];
  const known = await live;
  const missing = declared.filter(({ name }) => !known.has(name));
  if (missing.length === 0) return [];
  const similar = await readSimilar(
    client,
    missing.map(({ name }) => name),
  );
  const names = [...own, ...similar];
  return missing.map((one) => toFinding(one, nearest(one.name, names), root));
}

/** Lists each declaration once. Several integrations may reach the same file. */
function declarations(loaded: readonly Loaded[]): Declared[] {
  const reached = loaded.flatMap(({ project, externals }) => externals.map((external) => ({ ...external, project: project.name })));
  const groups = Map.groupBy(reached, ({ name, file, line }) => JSON.stringify([name, file, line]));
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map((one) => ({ ...one, projects: group.map(({ project }) => project) })),
  );
}

function toFinding({ name, file, line, projects }: Declared, near: string | undefined, root: string): Finding {
  const advice = near ? `Did you mean "${near}"?` : 'Deploy it first, or correct the name.';
  const [integration = null, ...others] = projects;
  return {
    code: 'missing_deployment',
    severity: 'warning',
    message: `The engine lacks the deployment ${name}, so a run that calls it would fail. ${advice}`,
    file: relative(root, file),
    line,
    integration: others.length > 0 ? null : integration,
    command: null,
  };
}
