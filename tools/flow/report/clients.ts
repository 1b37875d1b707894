import { type Client, createClient, patience } from '@tributary/contract/client';
import type { Routes } from '@tributary/contract/routes';
import { runReportRoutes } from '@tributary/contract/routes/run-reports';

import { nodeTransport } from '../engine/node-transport.ts';

export type RunClient = Client<typeof runReportRoutes>;
export type FullClient = Client<Routes>;

/** The clients of one run host. Most runs need the small one only; the other's tables are loaded when somebody asks. */
export interface Clients {
  readonly run: RunClient;
  full(): Promise<FullClient>;
}

export function createClients(api: { readonly url: string; readonly authorization: string | undefined }): Clients {
  const options = { ...api, patience: patience.host, transport: nodeTransport };
  let full: Promise<FullClient> | undefined;
  return {
    run: createClient(runReportRoutes, options),
    full: () => (full ??= import('@tributary/contract/routes').then(({ routes }) => createClient(routes, options))),
  };
}
