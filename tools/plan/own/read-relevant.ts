import type { Client } from '@tributary/contract/client';
import { pieces } from '@tributary/contract/client/pages';
import { splitDeploymentName } from '@tributary/contract/name';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { defaultPool } from '@tributary/contract/nouns/work-pool';

import type { Loaded } from '../load/loaded.ts';
import { type LiveDeployments, readLive } from '../plan/read-live.ts';
import type { PlanRoutes } from '../routes.ts';
import { ownerOf } from './owner.ts';

/**
 * Reads the live deployments that matter to a plan: those that somebody owns, and those whose name the code declares. Deployments with an owner
 * are in work pools of our type, which is all that is read of an engine that others use too. Names that are missing there are looked up
 * everywhere.
 * @param which.all whether all deployments matter
 * @param which.deletes whether deployments matter that the code doesn't declare
 */
export async function readRelevant(
  client: Client<PlanRoutes>,
  loaded: readonly Loaded[],
  { all, deletes }: { readonly all: boolean; readonly deletes: boolean },
): Promise<LiveDeployments> {
  if (all) return readLive(client, () => true);
  const declared = declaredNames(loaded);
  const names = ownNames(declared);
  const isDeclared = (row: Deployment): boolean => names.has(row.name);
  const owned = deletes
    ? await readLive(client, (row) => isDeclared(row) || ownerOf(row) !== null, { work_pools: { type: { any_: [defaultPool.type] } } })
    : new Map<string, Deployment>();
  const missing = ownNames([...declared].filter((name) => !owned.has(name)));
  const found = await Promise.all(
    pieces([...missing]).map((any_) => readLive(client, isDeclared, { deployments: { name: { any_: [...any_] } } })),
  );
  return new Map([owned, ...found].flatMap((rows) => [...rows]));
}

/** The names of deployments without their flows. */
function ownNames(names: Iterable<string>): ReadonlySet<string> {
  return new Set([...names].flatMap((name) => splitDeploymentName(name)?.deployment ?? []));
}

/** The names `flow/deployment` of all deployments that the code deploys or calls. */
function declaredNames(loaded: readonly Loaded[]): ReadonlySet<string> {
  return new Set(
    loaded.flatMap(({ deployments, externals }) => [...deployments.map(({ name }) => name), ...externals.map(({ name }) => name)]),
  );
}
