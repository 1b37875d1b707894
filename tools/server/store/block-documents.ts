import type { Database } from './database.ts';
import type { Clause } from './filter/clause.ts';
import type { BlockDocumentRow } from './rows/block-document.ts';
import type { Transaction } from './write.ts';

/** @returns undefined if the document doesn't exist */
export function readBlockDocument(database: Database, id: string): BlockDocumentRow | undefined {
  return database.get<BlockDocumentRow>('SELECT * FROM block_documents WHERE id = ?', id);
}

/** @returns undefined if no document of the type has this name */
export function findBlockDocument(database: Database, typeId: string, name: string): BlockDocumentRow | undefined {
  return database.get<BlockDocumentRow>('SELECT * FROM block_documents WHERE block_type_id = ? AND name = ?', typeId, name);
}

/**
 * A page of documents by name.
 * @param clause on documents as `b`
 */
export function listBlockDocuments(
  database: Database,
  clause: Clause,
  { isAnonymous, limit, offset }: { readonly isAnonymous: boolean; readonly limit: number; readonly offset: number },
): BlockDocumentRow[] {
  return database.all<BlockDocumentRow>(
    `SELECT * FROM block_documents b WHERE b.is_anonymous = ? AND ${clause.sql} ORDER BY b.name LIMIT ? OFFSET ?`,
    isAnonymous ? 1 : 0,
    ...clause.values,
    limit,
    offset,
  );
}

/** @param data sealed for this row */
export function replaceBlockData(tx: Transaction, id: string, data: Uint8Array): void {
  tx.run('UPDATE block_documents SET updated = ?, data = ? WHERE id = ?', tx.now(), data, id);
}
