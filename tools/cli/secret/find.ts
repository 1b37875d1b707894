import { allPages } from '@tributary/contract/client/pages';
import { unlessMissing } from '@tributary/contract/client/refusal';
import { type BlockDocument, secretBlock } from '@tributary/contract/nouns/block';

import type { ApiClient } from '../engine/open.ts';

/** Finds a secret, without its value. @returns undefined if no secret has that name */
export function findSecret(client: ApiClient, name: string): Promise<BlockDocument | undefined> {
  return unlessMissing(client.readBlockDocument({ path: { slug: secretBlock.slug, name } }));
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
