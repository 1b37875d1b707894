import { z } from 'zod';

import { jsonObject } from '../json.ts';
import { secretNamePattern } from '../secret-name.ts';
import { timestamp } from '../time.ts';
import { answerNouns, bodyNouns } from './registries.ts';

/** Prefect's Secret block type, the only one that our server has. */
export const secretBlock = {
  slug: 'secret',
  checksum: 'sha256:c078ed9c1e813e224c0b353d7ad4564a11d51d3198d9ac0686478165a1911c78',
} as const;

export const blockType = z.object({
  id: z.guid(),
  created: timestamp.nullish(),
  updated: timestamp.nullish(),
  name: z.string(),
  slug: z.string(),
  is_protected: z.boolean().nullish(),
});
answerNouns.add(blockType, { id: 'BlockType' });

export const blockSchema = z.object({
  id: z.guid(),
  created: timestamp.nullish(),
  updated: timestamp.nullish(),
  checksum: z.string(),
  fields: jsonObject,
  block_type_id: z.guid().nullish(),
  capabilities: z.array(z.string()).nullish(),
});
answerNouns.add(blockSchema, { id: 'BlockSchema' });

export const blockDocumentName = z.string().regex(secretNamePattern, 'a secret name has only lowercase letters, digits and dashes');

export const blockDocumentCreate = z.strictObject({
  name: blockDocumentName.nullish(),
  data: jsonObject,
  block_schema_id: z.guid(),
  block_type_id: z.guid(),
  is_anonymous: z.boolean().nullish(),
});
bodyNouns.add(blockDocumentCreate, { id: 'BlockDocumentCreate' });
export const blockDocumentUpdate = z.strictObject({
  data: jsonObject,
  merge_existing_data: z.boolean().nullish(),
  block_schema_id: z.guid().nullish(),
});
bodyNouns.add(blockDocumentUpdate, { id: 'BlockDocumentUpdate' });

/** A secret. Its value is `********` unless the request has `include_secrets=true`. */
export const blockDocument = z.object({
  id: z.guid(),
  created: timestamp.nullish(),
  updated: timestamp.nullish(),
  name: z.string().nullish(),
  data: jsonObject,
  block_schema_id: z.guid(),
  block_type_id: z.guid(),
  block_type_name: z.string().nullish(),
  is_anonymous: z.boolean().nullish(),
});
answerNouns.add(blockDocument, { id: 'BlockDocument' });
export type BlockDocument = z.output<typeof blockDocument>;
