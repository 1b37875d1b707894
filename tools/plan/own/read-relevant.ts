import type { Client } from '@tributary/contract/client';
import { pieces } from '@tributary/contract/client/pages';
import { splitDeploymentName } from '@tributary/contract/name';
import type { Deployment } from '@tributary/contract/nouns/deployment';

import { declaredNames, type Loaded } from '../load/loaded.ts';
import { type LiveDeployments, nameRows, readLive } from '../plan/read-live.ts';
import type { PlanRoutes } from '../routes.ts';
import type { Reading } from './begin-reading.ts';
import { ownerOf } from './owner.ts';

/**
 * Reads the live deployments that matter to a plan: those that somebody owns, and those whose name the code declares. Names that aren't among
 * the ones that were already asked for are looked up everywhere.
 * @param all whether all deployments matter
 */
export async function readRelevant({ client, owned }: Reading, loaded: readonly Loaded[], all: boolean): Promise<LiveDeployments> {
  if (all) return nameRows(client, await owned, () => true);
  const declared = new Set(loaded.flatMap(declaredNames));
  const names = ownNames(declared);
  const isDeclared = (row: Deployment): boolean => names.has(row.name);
  const live = await nameRows(client, await owned, (row) => isDeclared(row) || ownerOf(row) !== null);
  const missing = ownNames([...declared].filter((name) => !live.has(name)));
  const found = await Promise.all(pieces([...missing]).map((some) => readNamed(client, some, isDeclared)));
  return new Map([live, ...found].flatMap((rows) => [...rows]));
}

function readNamed(client: Client<PlanRoutes>, names: readonly string[], isWanted: (row: Deployment) => boolean) {
  return readLive(client, isWanted, { deployments: { name: { any_: [...names] } } });
}

/** The names of deployments without their flows. */
function ownNames(names: Iterable<string>): ReadonlySet<string> {
  return new Set([...names].flatMap((name) => splitDeploymentName(name)?.deployment ?? []));
}
