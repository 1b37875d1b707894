import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { z } from 'zod';

import type { ApiClient } from '../engine/open.ts';
import { nearest } from '@tributary/contract/nearest';

/**
 * Finds a flow run by id, or by a name that only one run has.
 * @throws `not_found` with the name that was probably meant; `conflict` if several runs have the name
 */
export async function findFlowRun(client: ApiClient, wanted: string): Promise<FlowRun> {
  if (z.guid().safeParse(wanted).success) {
    try {
      return (await client.readFlowRun({ path: { id: wanted } })).data;
    } catch (error) {
      if (!isTributaryError(error, 'not_found')) throw error;
      throw new TributaryError('not_found', `There is no flow run ${wanted}. "tributary flow-run ls" lists the latest.`, { cause: error });
    }
  }
  // Watching prints runs as flow/name, so that form is accepted too.
  const slash = wanted.lastIndexOf('/');
  const name = wanted.slice(slash + 1);
  const flows = slash < 0 ? {} : { flows: { name: { any_: [wanted.slice(0, slash)] } } };
  const { data: named } = await client.filterFlowRuns({
    body: { ...flows, flow_runs: { name: { any_: [name] } }, sort: 'EXPECTED_START_TIME_DESC' },
  });
  const [only, ...others] = named;
  if (only && others.length === 0) return only;
  if (only)
    throw new TributaryError(
      'conflict',
      `${named.length} flow runs are named "${name}": give the id. The latest is ${only.id} (${only.state_name ?? 'no state'}).`,
    );
  const { data: latest } = await client.filterFlowRuns({ body: { sort: 'EXPECTED_START_TIME_DESC' } });
  const meant = nearest(
    name,
    latest.map((run) => run.name),
  );
  throw new TributaryError(
    'not_found',
    `There is no flow run "${wanted}". ${meant ? `Did you mean ${meant}?` : '"tributary flow-run ls" lists the latest.'}`,
  );
}
