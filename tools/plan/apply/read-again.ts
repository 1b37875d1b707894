import type { Client } from '@tributary/contract/client';
import { numberedPages, pieces } from '@tributary/contract/client/pages';
import { unlessMissing } from '@tributary/contract/client/refusal';
import { splitDeploymentName } from '@tributary/contract/name';
import { maximumPage } from '@tributary/contract/nouns/filter';
import type { Deployment } from '@tributary/contract/nouns/deployment';

import type { PlannedDeployment } from '../plan/planned.ts';
import type { PlanRoutes } from '../routes.ts';

/**
 * Reads deployments of a plan again, with one request for 200 of them. A deployment that the plan didn't see, or that was created anew since,
 * is read by its name.
 * @returns the live deployments in the order of the plan; undefined for one that doesn't exist
 */
export async function readAgain(client: Client<PlanRoutes>, planned: readonly PlannedDeployment[]): Promise<(Deployment | undefined)[]> {
  const ids = planned.flatMap(({ live }) => (live ? [live.id] : []));
  const pages = await Promise.all(
    pieces(ids).map((any_) => client.filterDeployments({ body: { deployments: { id: { any_ } }, limit: maximumPage } })),
  );
  const rows = new Map(pages.flatMap(({ data }) => data).map((row) => [row.id, row]));
  const isMissing = await findMissing(
    client,
    planned.filter(({ live }) => !live || !rows.has(live.id)),
  );
  return Promise.all(
    planned.map(async (one) => {
      const row = one.live && rows.get(one.live.id);
      if (row || isMissing(one)) return row;
      return unlessMissing(client.readDeploymentByName({ path: splitName(one) }));
    }),
  );
}

/** One request finds out which deployments surely don't exist: those whose flow has no deployment of that name. */
async function findMissing(
  client: Client<PlanRoutes>,
  planned: readonly PlannedDeployment[],
): Promise<(one: PlannedDeployment) => boolean> {
  const names = planned.map(splitName);
  const found = await Promise.all(
    pieces(names).map((piece) => {
      const flows = { name: { any_: piece.map(({ flow }) => flow) } };
      const deployments = { name: { any_: piece.map(({ deployment }) => deployment) } };
      return numberedPages((page) => client.paginateDeployments({ body: { flows, deployments, ...page } }));
    }),
  );
  const existing = new Set(found.flat().map(({ name }) => name));
  return (one) => !existing.has(splitName(one).deployment);
}

function splitName(planned: PlannedDeployment): { readonly flow: string; readonly deployment: string } {
  const name = planned.action === 'delete' ? planned.name : planned.desired.name;
  return splitDeploymentName(name) ?? { flow: '', deployment: name };
}
