import { patience } from '@tributary/contract/client/patience';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { secretBlock } from '@tributary/contract/nouns/block';

import type { Settings } from '../settings.ts';

/**
 * Reads the access token for a repository from the server.
 * @param name the secret's name
 * @throws `crashed` if there is no such secret, or it isn't a text
 */
export async function readToken({ client }: Pick<Settings, 'client'>, name: string, signal: AbortSignal): Promise<string> {
  const value = await readValue(client, name, signal);
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw new TributaryError(
    'crashed',
    value === undefined
      ? `The pull step names the secret "${name}" for the access token, and the server has no such secret. Store it: npx tributary secret set ${name}`
      : `The secret "${name}", which the pull step names for the access token, isn't a text. Store the token itself: npx tributary secret set ${name}`,
  );
}

async function readValue(client: Settings['client'], name: string, signal: AbortSignal): Promise<unknown> {
  try {
    const { data } = await client.readBlockDocument({
      path: { slug: secretBlock.slug, name },
      query: { include_secrets: 'true' },
      patience: patience.worker,
      signal,
    });
    return data.data['value'] ?? null;
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return undefined;
    throw error;
  }
}
