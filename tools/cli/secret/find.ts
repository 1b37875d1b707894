import { allPages } from '@tributary/contract/client/pages';
import { isTributaryError } from '@tributary/contract/error';
import { type BlockDocument, secretBlock } from '@tributary/contract/nouns/block';

import type { ApiClient } from '../engine/open.ts';

/** Finds a secret, without its value. @returns undefined if no secret has that name */
export async function findSecret(client: ApiClient, name: string): Promise<BlockDocument | undefined> {
  try {
    return (await client.readBlockDocument({ path: { slug: secretBlock.slug, name } })).data;
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return undefined;
    throw error;
  }
}

export function readSecrets(client: ApiClient): Promise<BlockDocument[]> {
  return allPages((page) =>
    client.filterBlockDocuments({
      body: { block_types: { slug: { any_: [secretBlock.slug] } }, block_documents: { is_anonymous: { eq_: false } }, ...page },
    }),
  );
}

/** The fields of a secret that may be shown. */
export function shown({ id, name, created, updated }: BlockDocument): Pick<BlockDocument, 'id' | 'name' | 'created' | 'updated'> {
  return { id, name, created, updated };
}
