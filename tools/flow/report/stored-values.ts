import { isTributaryError } from '@tributary/contract/error';

import type { EnginePort } from '../run/engine-port.ts';
import type { Clients } from './clients.ts';

/** Creates the functions that read secrets and variables from a server. */
export function createStoredValues(clients: Clients): Pick<EnginePort, 'readSecret' | 'readVariable'> {
  return {
    async readSecret(name) {
      const [client, { readSecret }] = await Promise.all([clients.full(), import('@tributary/contract/client/read-secret')]);
      return readSecret(client, name);
    },
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
