import { type Client, type ClientOptions, createClient, patience } from '@tributary/contract/client';
import type { Routes } from '@tributary/contract/routes';
import { runReportRoutes } from '@tributary/contract/routes/run-reports';

import { nodeTransport } from '../engine/node-transport.ts';

export type RunClient = Client<typeof runReportRoutes>;
export type FullClient = Client<Routes>;

/** The clients of one run host. Most runs need the small one only; the other's tables are loaded when somebody asks. */
export interface Clients {
  readonly url: string;
  readonly run: RunClient;
  full(): Promise<FullClient>;
}

/** @param options.patience seconds; a run host's unless told */
export function createClients(options: Omit<ClientOptions, 'patience'> & { readonly patience?: number }): Clients {
  const settings = { patience: patience.host, transport: nodeTransport, jitless: true, ...options };
  let full: Promise<FullClient> | undefined;
  return {
    url: options.url,
    run: createClient(runReportRoutes, settings),
    full: () => (full ??= import('@tributary/contract/routes').then(({ routes }) => createClient(routes, settings))),
  };
}
