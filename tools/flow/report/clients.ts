import { type Client, createClient, patience } from '@tributary/contract/client';
import { type flowRunRoutes, flowRunRoutes as runTable } from '@tributary/contract/routes/flow-runs';
import type { Routes } from '@tributary/contract/routes';
import { telemetryRoutes } from '@tributary/contract/routes/telemetry';

import { nodeTransport } from '../engine/node-transport.ts';

export type RunClient = Client<typeof flowRunRoutes & typeof telemetryRoutes>;
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
    run: createClient({ ...runTable, ...telemetryRoutes }, options),
    full: () => (full ??= import('@tributary/contract/routes').then(({ routes }) => createClient(routes, options))),
  };
}
