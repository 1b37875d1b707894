import { type Client, createClient } from '@tributary/contract/client';
import { type Routes, routes } from '@tributary/contract/routes';

import { nodeTransport } from './node-transport.ts';
import type { Engine } from './resolve-engine.ts';

/** A client for every route of an engine. @param options.patience seconds to keep trying; contract's `patience` names the usual ones */
export function connect(engine: Pick<Engine, 'url' | 'authorization'>, options: { readonly patience: number }): Client<Routes> {
  return createClient(routes, {
    url: engine.url,
    authorization: engine.authorization,
    patience: options.patience,
    transport: nodeTransport,
  });
}
