import { allPages } from '@tributary/contract/client/pages';
import { readFlowNames } from '@tributary/contract/client/read-names';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { splitDeploymentName } from '@tributary/contract/name';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { z } from 'zod';

import type { ApiClient } from '../engine/open.ts';
import { nearest } from '@tributary/contract/nearest';

export interface NamedDeployment {
  readonly deployment: Deployment;
  /** `flow/deployment` */
  readonly fullName: string;
}

/**
 * Finds a deployment by name (`flow/deployment`) or id.
 * @throws `not_found` with the name that was probably meant
 */
export async function findDeployment(client: ApiClient, name: string): Promise<NamedDeployment> {
  try {
    if (z.guid().safeParse(name).success) {
      const { data: deployment } = await client.readDeployment({ path: { id: name } });
      const { data: flow } = await client.readFlow({ path: { id: deployment.flow_id } });
      return { deployment, fullName: `${flow.name}/${deployment.name}` };
    }
    const parts = splitDeploymentName(name);
    if (parts) return { deployment: (await client.readDeploymentByName({ path: parts })).data, fullName: name };
  } catch (error) {
    if (!isTributaryError(error, 'not_found')) throw error;
  }
  throw unknown(name, await listDeployments(client));
}

function unknown(name: string, all: readonly NamedDeployment[]): TributaryError {
  if (all.length === 0)
    return new TributaryError(
      'not_found',
      `There is no deployment "${name}", because the server has no deployments. To deploy all integrations: npx nx run-many -t deploy`,
    );
  const meant = nearest(
    name,
    all.map(({ fullName }) => fullName),
  );
  const form = name.includes('/') ? '' : ' A deployment is named flow/deployment.';
  return new TributaryError(
    'not_found',
    `There is no deployment "${name}".${form} ${meant ? `Did you mean ${meant}?` : '"tributary deployment ls" lists all deployments.'}`,
  );
}

/** Reads all deployments with their full names, sorted by name. */
export async function listDeployments(client: ApiClient, flowName?: string): Promise<NamedDeployment[]> {
  const flows = flowName === undefined ? {} : { flows: { name: { any_: [flowName] } } };
  const deployments = await allPages((page) => client.filterDeployments({ body: { ...flows, ...page } }));
  const names = await readFlowNames(
    client,
    deployments.map(({ flow_id }) => flow_id),
  );
  return deployments
    .map((deployment) => ({ deployment, fullName: `${names.get(deployment.flow_id) ?? '?'}/${deployment.name}` }))
    .toSorted((a, b) => a.fullName.localeCompare(b.fullName));
}
