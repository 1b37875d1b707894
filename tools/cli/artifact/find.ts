import { allPages } from '@tributary/contract/client/pages';
import { isTributaryError } from '@tributary/contract/error';
import type { Artifact } from '@tributary/contract/nouns/artifact';
import { z } from 'zod';

import type { ApiClient } from '../engine/open.ts';
import { noSuch } from '../name/no-such.ts';

/**
 * Finds the artifact with an id, or all versions of a key, the newest first.
 * @throws `not_found` with the key that was probably meant
 */
export async function findArtifacts(client: ApiClient, wanted: string): Promise<[Artifact, ...Artifact[]]> {
  const [first, ...others] = z.guid().safeParse(wanted).success ? await readOne(client, wanted) : await readVersions(client, wanted);
  if (first) return [first, ...others];
  const { data: newest } = await client.filterArtifacts({ body: { artifacts: { key: { exists_: true } }, sort: 'CREATED_DESC' } });
  const keys = newest.flatMap(({ key }) => key ?? []);
  throw noSuch('artifact', wanted, keys, '"tributary artifact ls" lists the newest.');
}

async function readOne(client: ApiClient, id: string): Promise<Artifact[]> {
  try {
    return [(await client.readArtifact({ path: { id } })).data];
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return [];
    throw error;
  }
}

function readVersions(client: ApiClient, key: string): Promise<Artifact[]> {
  return allPages((page) => client.filterArtifacts({ body: { artifacts: { key: { any_: [key] } }, sort: 'CREATED_DESC', ...page } }));
}
