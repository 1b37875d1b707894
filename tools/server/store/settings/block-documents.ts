import type { blockDocumentsQuery } from '@tributary/contract/nouns/filter';
import type { z } from 'zod';

import type { Database } from '../database/database.ts';
import { combine, hasName, isOneOf } from '../filter/clause.ts';
import type { BlockDocumentRow } from '../rows/block-document.ts';
import type { Transaction } from '../database/write.ts';

/** @returns undefined if the document doesn't exist */
export function readBlockDocument(database: Database, id: string): BlockDocumentRow | undefined {
  return database.get<BlockDocumentRow>('SELECT * FROM block_documents WHERE id = ?', id);
}

/** @returns undefined if no document of the type has this name */
export function findBlockDocument(database: Database, typeId: string, name: string): BlockDocumentRow | undefined {
  return database.get<BlockDocumentRow>('SELECT * FROM block_documents WHERE block_type_id = ? AND name = ?', typeId, name);
}

/** A page of documents by name. Anonymous documents are listed only if the query asks for them. */
export function listBlockDocuments(database: Database, query: z.output<typeof blockDocumentsQuery>): BlockDocumentRow[] {
  const { block_documents: documents, limit, offset } = query;
  const clause = combine(
    [isOneOf('b.id', documents?.id), hasName('b.name', documents?.name), isOneOf('b.block_type_id', documents?.block_type_id)],
    documents?.operator,
  );
  return database.all<BlockDocumentRow>(
    `SELECT * FROM block_documents b WHERE b.is_anonymous = ? AND ${clause.sql} ORDER BY b.name LIMIT ? OFFSET ?`,
    documents?.is_anonymous?.eq_ ? 1 : 0,
    ...clause.values,
    limit,
    offset,
  );
}

/** @param data encrypted for this row by {@link Secrets} */
export function replaceBlockData(tx: Transaction, id: string, data: Uint8Array): void {
  tx.run('UPDATE block_documents SET updated = ?, data = ? WHERE id = ?', tx.now(), data, id);
}
