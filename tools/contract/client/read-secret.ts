import type { Client } from '../client.ts';
import { writeJson } from '../json.ts';
import { secretBlock } from '../nouns/block.ts';
import type { settingRoutes } from '../routes/settings.ts';
import { unlessMissing } from './refusal.ts';

/** Reads the value of a secret. Never log it. @returns undefined if there is no secret of that name */
export async function readSecret(
  client: Client<Pick<typeof settingRoutes, 'readBlockDocument'>>,
  name: string,
): Promise<string | undefined> {
  const document = await unlessMissing(
    client.readBlockDocument({ path: { slug: secretBlock.slug, name }, query: { include_secrets: 'true' } }),
  );
  const value = document?.data['value'];
  return value === undefined || typeof value === 'string' ? value : writeJson(value);
}
