import { patience } from '@tributary/contract/client/patience';
import { readSecretValue } from '@tributary/contract/client/read-secret';
import { TributaryError } from '@tributary/contract/error';

import type { Settings } from '../settings.ts';

/**
 * Reads the access token for a repository from the server.
 * @param name the secret's name
 * @param namedBy what names the secret, for messages
 * @throws `not_found` if there is no such secret, `misuse` if it isn't a text
 */
export async function readToken(
  { client }: Pick<Settings, 'client'>,
  name: string,
  namedBy: 'the pull step' | 'checkout()',
  signal: AbortSignal,
): Promise<string> {
  const value = await readSecretValue(client, name, { patience: patience.worker, signal });
  if (typeof value === 'string' && value.trim() !== '') return value;
  if (value === undefined)
    throw new TributaryError(
      'not_found',
      `The server lacks the secret "${name}", which ${namedBy} names for the access token. Store it: npx tributary secret set ${name}`,
    );
  throw new TributaryError(
    'misuse',
    `The secret "${name}", which ${namedBy} names for the access token, isn't a text. Store the token itself: npx tributary secret set ${name}`,
  );
}
