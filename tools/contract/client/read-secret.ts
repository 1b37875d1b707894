import type { Client } from '../client.ts';
import { writeJson } from '../json.ts';
import { secretBlock } from '../nouns/block.ts';
import type { settingRoutes } from '../routes/settings.ts';
import { unlessMissing } from './refusal.ts';

type SecretClient = Client<Pick<typeof settingRoutes, 'readBlockDocument'>>;

/** Reads the value of a secret as a text. Never log it. @returns undefined if there is no secret of that name */
export async function readSecret(client: SecretClient, name: string): Promise<string | undefined> {
  const value = await readSecretValue(client, name);
  return value === undefined || typeof value === 'string' ? value : writeJson(value);
}

/**
 * Reads the value of a secret as it was stored. Never log it.
 * @param how.patience in seconds: how long to keep trying an unreachable or busy server
 * @returns undefined if there is no secret of that name
 */
export async function readSecretValue(
  client: SecretClient,
  name: string,
  how: { readonly patience?: number; readonly signal?: AbortSignal } = {},
): Promise<unknown> {
  const document = await unlessMissing(
    client.readBlockDocument({ path: { slug: secretBlock.slug, name }, query: { include_secrets: 'true' }, ...how }),
  );
  return document?.data['value'];
}
