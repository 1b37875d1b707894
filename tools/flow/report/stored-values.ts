import { isTributaryError } from '@tributary/contract/error';
import { writeJson } from '@tributary/contract/json';

import type { EnginePort } from '../run/engine-port.ts';
import type { Clients } from './clients.ts';

/** Creates the functions that read secrets and variables from a server. */
export function createStoredValues(clients: Clients): Pick<EnginePort, 'readSecret' | 'readVariable'> {
  return {
    readSecret: (name) =>
      found(async () => {
        const client = await clients.full();
        const { secretBlock } = await import('@tributary/contract/nouns/block');
        const { data } = await client.readBlockDocument({ path: { slug: secretBlock.slug, name }, query: { include_secrets: 'true' } });
        const { value } = data.data;
        return typeof value === 'string' ? value : writeJson(value);
      }),
    readVariable: (name) =>
      found(async () => {
        const client = await clients.full();
        return { value: (await client.readVariable({ path: { name } })).data.value };
      }),
  };
}

async function found<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return undefined;
    throw error;
  }
}
