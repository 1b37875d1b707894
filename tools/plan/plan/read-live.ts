import type { Client } from '@tributary/contract/client';
import { pieces } from '@tributary/contract/client/pages';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { maximumPage } from '@tributary/contract/nouns/filter';
import { labelNames } from '@tributary/contract/nouns/label';
import { fewAtOnce } from '../few-at-once.ts';
import type { PlanRoutes } from '../routes.ts';

type Filter = Omit<Parameters<Client<PlanRoutes>['paginateDeployments']>[0]['body'], 'sort' | 'limit' | 'page'>;

/** Deployments of an engine, by `flow/deployment`. */
export type LiveDeployments = ReadonlyMap<string, Deployment>;

/** How often the pages are read at most, if deployments are created or deleted meanwhile. */
const mostReads = 3;

/**
 * Reads deployments of an engine by their names.
 * @param filter reads only some of them
 * @returns the wanted ones
 */
export async function readLive(
  client: Client<PlanRoutes>,
  isWanted: (row: Deployment) => boolean,
  filter: Filter = {},
): Promise<LiveDeployments> {
  return nameRows(client, await readRows(client, filter), isWanted);
}

/**
 * Names deployments that were read. An answer names the flow of a deployment only by its id. The flow's name comes from the deployment's label,
 * and flows are read only for wanted deployments without a label.
 * @returns the wanted ones
 */
export async function nameRows(
  client: Client<PlanRoutes>,
  rows: readonly Deployment[],
  isWanted: (row: Deployment) => boolean,
): Promise<LiveDeployments> {
  const wanted = rows.filter(isWanted);
  const labelled = new Map(rows.flatMap((row) => flowLabel(row).map((name) => [row.flow_id, name])));
  const unnamed = [...new Set(wanted.map((row) => row.flow_id))].filter((id) => !labelled.has(id));
  const flows = await fewAtOnce(
    pieces(unnamed),
    async (ids) => (await client.filterFlows({ body: { flows: { id: { any_: ids } } } })).data,
  );
  const names = new Map([...labelled, ...flows.flat().map(({ id, name }) => [id, name] as const)]);
  return new Map(
    wanted.flatMap((row) => {
      const flow = names.get(row.flow_id);
      return flow === undefined ? [] : [[`${flow}/${row.name}`, row]];
    }),
  );
}

/**
 * Reads deployments of an engine, 200 with each request. No server finds them by their labels, and a deployment that the code no longer declares
 * has no name to ask for. A deployment that is deleted meanwhile would move others to a page that was read already, so the pages are then
 * read again.
 */
export async function readRows(client: Client<PlanRoutes>, filter: Filter, reads = 1): Promise<Deployment[]> {
  const readPage = async (page: number) =>
    (await client.paginateDeployments({ body: { ...filter, sort: 'CREATED_DESC', limit: maximumPage, page } })).data;
  const first = await readPage(1);
  const others = Array.from({ length: Math.max(0, first.pages - 1) }, (_, index) => index + 2);
  const pages = [first, ...(await fewAtOnce(others, readPage))];
  const rows = new Map(pages.flatMap(({ results }) => results).map((row) => [row.id, row]));
  const isWhole = pages.length === 1 || pages.every(({ count }) => count === rows.size);
  return isWhole || reads === mostReads ? [...rows.values()] : readRows(client, filter, reads + 1);
}

/**
 * The flow's name according to a deployment's label, or nothing. A program that copies a deployment to another flow copies its labels too. The
 * copy then carries the id of the original's flow, which the server wrote beside our label, so the label doesn't count.
 */
function flowLabel({ flow_id: id, labels }: Deployment): string[] {
  const name = labels?.[labelNames.flow];
  return typeof name === 'string' && labels?.['prefect.flow.id'] === id ? [name] : [];
}
