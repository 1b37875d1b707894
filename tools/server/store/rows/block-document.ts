import type { BlockDocument } from '@tributary/contract/nouns/block';

import { readTime } from './json.ts';

export type BlockDocumentRow = {
  id: string;
  created: number;
  updated: number;
  name: string;
  block_type_id: string;
  block_schema_id: string;
  is_anonymous: number;
  data: Uint8Array<ArrayBuffer>;
};

const hidden = '********';

/** @param data the document's decrypted values; undefined hides them */
export function blockDocumentOf(row: BlockDocumentRow, data: Readonly<Record<string, unknown>> | undefined): BlockDocument {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    data: data ?? { value: hidden },
    block_schema_id: row.block_schema_id,
    block_type_id: row.block_type_id,
    block_type_name: 'Secret',
    is_anonymous: row.is_anonymous === 1,
  };
}
