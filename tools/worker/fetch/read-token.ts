import { patience } from '@tributary/contract/client/patience';
import { readSecretValue } from '@tributary/contract/client/read-secret';
import { TributaryError } from '@tributary/contract/error';

import type { Settings } from '../settings.ts';

/**
 * Reads the access token for a repository from the server.
 * @param name the secret's name
 * @throws `crashed` if there is no such secret, or it isn't a text
 */
export async function readToken({ client }: Pick<Settings, 'client'>, name: string, signal: AbortSignal): Promise<string> {
  const value = await readSecretValue(client, name, { patience: patience.worker, signal });
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new TributaryError(
    'crashed',
    value === undefined
      ? `The pull step names the secret "${name}" for the access token, and the server has no such secret. Store it: npx tributary secret set ${name}`
      : `The secret "${name}", which the pull step names for the access token, isn't a text. Store the token itself: npx tributary secret set ${name}`,
  );
}
