import { isTributaryError } from '@tributary/contract/error';
import { blockDocumentName, secretBlock } from '@tributary/contract/nouns/block';

import type { Call } from '../command/call.ts';
import { misuse } from '../command/refusal.ts';
import { type ApiClient, openEngine } from '../engine/open.ts';
import { readSecretValue } from '../read/secret-value.ts';
import { findSecret, shown } from './find.ts';

/** Creates or changes a secret. Its value comes from standard input, because an argument would be in the shell's history and in `ps`. */
export async function set(call: Call, name: string): Promise<undefined> {
  const checked = blockDocumentName.safeParse(name);
  if (!checked.success)
    throw misuse(`"${name}" can't be the name of a secret: ${checked.error.issues.map(({ message }) => message).join('; ')}.`);
  const { client } = await openEngine(call, 'write');
  const value = await readSecretValue(call, name);
  const existed = await write(client, name, { value });
  const document = await findSecret(client, name);
  call.out.result(document ? shown(document) : { name }, () => `${existed ? 'Changed' : 'Created'} secret ${name}.`);
}

/** @returns whether a secret of that name existed before */
async function write(client: ApiClient, name: string, data: { readonly value: string }): Promise<boolean> {
  const existing = await findSecret(client, name);
  if (existing) {
    await client.updateBlockDocument({ path: { id: existing.id }, body: { data, merge_existing_data: false } });
    return true;
  }
  const { data: type } = await client.readBlockType({ path: { slug: secretBlock.slug } });
  const { data: schema } = await client.readBlockSchema({ path: { checksum: secretBlock.checksum } });
  try {
    await client.createBlockDocument({ body: { name, data, block_type_id: type.id, block_schema_id: schema.id } });
    return false;
  } catch (error) {
    // Another process has just created the secret.
    if (isTributaryError(error, 'conflict') && (await findSecret(client, name))) return write(client, name, data);
    throw error;
  }
}
