import { type Client, createClient, type Patience } from '@tributary/contract/client';
import type { Route } from '@tributary/contract/routes/route';

import { nodeTransport } from './node-transport.ts';
import type { Engine } from './resolve-engine.ts';

/**
 * Creates a client for routes of an engine.
 * @param table all routes of the contract, or only those that are called: few load faster
 * @param options.patience how long to retry, in seconds; `patience` of the contract has the usual values
 */
export function connect<Table extends Readonly<Record<string, Route>>>(
  table: Table,
  engine: Pick<Engine, 'url' | 'authorization'>,
  options: { readonly patience: Patience },
): Client<Table> {
  return createClient(table, {
    url: engine.url,
    authorization: engine.authorization,
    patience: options.patience,
    transport: nodeTransport,
  });
}
