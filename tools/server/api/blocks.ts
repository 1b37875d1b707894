import { jsonObject, type JsonObject, readJson, writeJson } from '@tributary/contract/json';
import { fromMicros } from '@tributary/contract/moment';
import { secretBlock } from '@tributary/contract/nouns/block';
import type { settingRoutes } from '@tributary/contract/routes/settings';

import { findBlockDocument, listBlockDocuments, readBlockDocument, replaceBlockData } from '../store/settings/block-documents.ts';
import type { Database } from '../store/database/database.ts';
import { deleteRow } from '../store/database/delete-row.ts';
import { insertRow } from '../store/database/insert-row.ts';
import { type BlockDocumentRow, blockDocumentOf } from '../store/rows/block-document.ts';
import type { Secrets } from '../store/settings/secrets.ts';
import type { Handlers } from './handler.ts';
import { conflict, invalid, notFound } from './refusal.ts';

type Names =
  | 'readBlockType'
  | 'readBlockSchema'
  | 'readBlockDocument'
  | 'createBlockDocument'
  | 'updateBlockDocument'
  | 'deleteBlockDocument'
  | 'filterBlockDocuments';

/** Secret is the only block type. Its ids are the same in every database. */
const typeId = '5ec4e700-0000-4000-8000-000000000001';
const schemaId = '5ec4e700-0000-4000-8000-000000000002';
/** The block type exists in every database from the start, so its times are constant. */
const made = { created: fromMicros(0), updated: fromMicros(0) };
const secretType = { id: typeId, ...made, name: 'Secret', slug: secretBlock.slug, is_protected: true };
const secretSchema = {
  id: schemaId,
  ...made,
  checksum: secretBlock.checksum,
  block_type_id: typeId,
  capabilities: [],
  fields: {
    title: 'Secret',
    type: 'object',
    properties: { value: { title: 'Value', description: 'A value that is stored encrypted.' } },
    required: ['value'],
    secret_fields: ['value'],
    block_type_slug: secretBlock.slug,
    block_schema_references: {},
  },
};

export const blockHandlers: Handlers<Pick<typeof settingRoutes, Names>> = {
  readBlockType: {
    read: (_database, { path }) => {
      checkSlug(path.slug);
      return { status: 200, body: secretType };
    },
  },
  readBlockSchema: {
    read: (_database, { path }) => {
      if (path.checksum !== secretBlock.checksum) throw notFound('Block schema not found');
      return { status: 200, body: secretSchema };
    },
  },
  readBlockDocument: {
    read: (database, { path, query }, { secrets }) => {
      checkSlug(path.slug);
      const row = findBlockDocument(database, typeId, path.name);
      if (!row) throw notFound(`Block document "${path.slug}/${path.name}" not found`);
      return { status: 200, body: blockDocumentOf(row, query.include_secrets ? reveal(secrets, row) : undefined) };
    },
  },
  createBlockDocument: {
    write: (tx, { body }, { secrets }) => {
      checkData(body.data);
      if (body.block_type_id !== typeId || body.block_schema_id !== schemaId)
        throw conflict('This server supports only the block type Secret.');
      const id = crypto.randomUUID();
      const name = body.name ?? `anonymous-${id}`;
      if (findBlockDocument(tx, typeId, name)) throw conflict(`A secret with the name "${name}" already exists.`);
      const now = tx.now();
      const row: BlockDocumentRow = {
        id,
        created: now,
        updated: now,
        name,
        block_type_id: typeId,
        block_schema_id: schemaId,
        is_anonymous: body.is_anonymous ? 1 : 0,
        data: secrets.seal(id, writeJson(body.data)),
      };
      insertRow(tx, 'block_documents', row);
      return { status: 201, body: blockDocumentOf(row, undefined) };
    },
  },
  updateBlockDocument: {
    write: (tx, { path, body }, { secrets }) => {
      const row = requireDocument(tx, path.id);
      const data = body.merge_existing_data === false ? body.data : { ...reveal(secrets, row), ...body.data };
      checkData(data);
      replaceBlockData(tx, row.id, secrets.seal(row.id, writeJson(data)));
      return { status: 204, body: undefined };
    },
  },
  deleteBlockDocument: {
    write: (tx, { path }) => {
      deleteRow(tx, 'block_documents', requireDocument(tx, path.id).id);
      return { status: 204, body: undefined };
    },
  },
  filterBlockDocuments: {
    read: (database, { body }, { secrets }) => {
      const slugs = body.block_types?.slug?.any_;
      if (slugs && !slugs.includes(secretBlock.slug)) return { status: 200, body: [] };
      const rows = listBlockDocuments(database, body);
      return { status: 200, body: rows.map((row) => blockDocumentOf(row, body.include_secrets ? reveal(secrets, row) : undefined)) };
    },
  },
};

function checkSlug(slug: string): void {
  if (slug !== secretBlock.slug) throw notFound(`Block type "${slug}" not found`);
}

function checkData(data: JsonObject): void {
  if (!Object.hasOwn(data, 'value')) throw invalid('The data of a Secret block needs a "value".');
}

function requireDocument(database: Database, id: string): BlockDocumentRow {
  const row = readBlockDocument(database, id.toLowerCase());
  if (!row) throw notFound('Block document not found');
  return row;
}

function reveal(secrets: Secrets, row: BlockDocumentRow): Record<string, unknown> {
  return jsonObject.parse(readJson(secrets.open(row.id, row.data)));
}
