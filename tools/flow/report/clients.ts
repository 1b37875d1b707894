import { type Client, type ClientOptions, createClient, patience } from '@tributary/contract/client';
import type { Routes } from '@tributary/contract/routes';
import { runReportRoutes } from '@tributary/contract/routes/run-reports';

import { nodeTransport } from '../engine/node-transport.ts';

export type RunClient = Client<typeof runReportRoutes>;
export type FullClient = Client<Routes>;

/** The clients of one run host. Most runs need only `run`, which is small. The routes of `full` are loaded on first use. */
export interface Clients {
  readonly url: string;
  readonly run: RunClient;
  full(): Promise<FullClient>;
}

/**
 * Creates the clients of a run host.
 * @param options.patience how long to retry failed requests, in seconds
 * @default options.patience `patience.host`
 */
export function createClients(options: Omit<ClientOptions, 'patience'> & { readonly patience?: number }): Clients {
  const clientOptions = { patience: patience.host, transport: nodeTransport, jitless: true, ...options };
  let full: Promise<FullClient> | undefined;
  return {
    url: options.url,
    run: createClient(runReportRoutes, clientOptions),
    full: () => (full ??= import('@tributary/contract/routes').then(({ routes }) => createClient(routes, clientOptions))),
  };
}
