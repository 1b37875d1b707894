import { type Client, createClient, type Patience } from '@tributary/contract/client';
import { type Routes, routes } from '@tributary/contract/routes';

import { nodeTransport } from './node-transport.ts';
import type { Engine } from './resolve-engine.ts';

/**
 * Creates a client for every route of an engine.
 * @param options.patience how long to retry, in seconds; `patience` of the contract has the usual values
 */
export function connect(engine: Pick<Engine, 'url' | 'authorization'>, options: { readonly patience: Patience }): Client<Routes> {
  return createClient(routes, {
    url: engine.url,
    authorization: engine.authorization,
    patience: options.patience,
    transport: nodeTransport,
  });
}
