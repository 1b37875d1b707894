import { allPages } from '@tributary/contract/client/pages';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { nearest } from '@tributary/contract/nearest';
import { maximumPage } from '@tributary/contract/nouns/filter';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { idPrefix } from '@tributary/contract/routes/trees';
import { z } from 'zod';

import type { ApiClient, Opened } from '../engine/open.ts';

/** If the server can't find runs by the beginning of their id, the command searches this many of the latest runs. */
const latestSearched = 5 * maximumPage;
/** how many candidates an error lists */
const mostCandidates = 5;

/**
 * Finds a flow run by id, by a name that only one run has, or by the beginning of an id that only one run has.
 * @throws `not_found` with the name that was probably meant; `conflict` with the candidates if several runs match
 */
export async function findFlowRun(opened: Opened, wanted: string): Promise<FlowRun> {
  const { client } = opened;
  if (z.guid().safeParse(wanted).success) {
    try {
      return (await client.readFlowRun({ path: { id: wanted } })).data;
    } catch (error) {
      if (!isTributaryError(error, 'not_found')) throw error;
      throw new TributaryError('not_found', `There is no flow run ${wanted}. "tributary flow-run ls" lists the latest.`, { cause: error });
    }
  }
  const [only, ...others] = await readNamed(client, wanted);
  if (only && others.length === 0) return only;
  if (only)
    throw new TributaryError(
      'conflict',
      `${others.length + 1} flow runs are named "${only.name}": give the id. The latest is ${only.id} (${only.state_name ?? 'no state'}).`,
    );
  const isPrefix = idPrefix.safeParse(wanted).success;
  if (isPrefix) {
    const found = onlyOne(wanted, await readByIdPrefix(opened, wanted.toLowerCase()));
    if (found) return found;
  }
  throw new TributaryError('not_found', `There is no flow run "${wanted}". ${await adviceFor(opened, wanted, isPrefix)}`);
}

/** Reads the runs of a name, the latest first. Watching prints runs as flow/name, so that form is accepted too. */
async function readNamed(client: ApiClient, wanted: string): Promise<FlowRun[]> {
  const slash = wanted.lastIndexOf('/');
  const flows = slash < 0 ? {} : { flows: { name: { any_: [wanted.slice(0, slash)] } } };
  const { data: named } = await client.filterFlowRuns({
    body: { ...flows, flow_runs: { name: { any_: [wanted.slice(slash + 1)] } }, sort: 'EXPECTED_START_TIME_DESC' },
  });
  return named;
}

async function readByIdPrefix({ client, engine }: Opened, id_prefix: string): Promise<FlowRun[]> {
  if (engine.features.includes('tree')) return (await client.findFlowRuns({ query: { id_prefix } })).data;
  const latest = await allPages(async (page) => {
    if (page.offset >= latestSearched) return { data: [] };
    return client.filterFlowRuns({ body: { sort: 'EXPECTED_START_TIME_DESC', ...page } });
  });
  return latest.filter(({ id }) => id.startsWith(id_prefix));
}

function onlyOne(wanted: string, found: readonly FlowRun[]): FlowRun | undefined {
  if (found.length <= 1) return found[0];
  const candidates = found.slice(0, mostCandidates).map(({ id, name, state_name }) => `\n  ${id}  ${name} (${state_name ?? 'no state'})`);
  const more = found.length > mostCandidates ? '\n  and more' : '';
  throw new TributaryError(
    'conflict',
    `The ids of several flow runs begin with "${wanted}": give more of the id.${candidates.join('')}${more}`,
  );
}

async function adviceFor({ client, engine }: Opened, wanted: string, isPrefix: boolean): Promise<string> {
  const { data: latest } = await client.filterFlowRuns({ body: { sort: 'EXPECTED_START_TIME_DESC' } });
  const meant = nearest(
    wanted.slice(wanted.lastIndexOf('/') + 1),
    latest.map((run) => run.name),
  );
  if (meant) return `Did you mean ${meant}?`;
  if (isPrefix && !engine.features.includes('tree'))
    return `Only the latest ${latestSearched} runs were searched, because this server can't find runs by the beginning of their id: give the whole id.`;
  return '"tributary flow-run ls" lists the latest.';
}
