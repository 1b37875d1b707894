import { text } from 'node:stream/consumers';

import { createClient } from '@tributary/contract/client';
import { logCreate } from '@tributary/contract/nouns/log';
import { runReportRoutes } from '@tributary/contract/routes/run-reports';
import { ticketApi } from '@tributary/contract/ticket';
import { z } from 'zod';

import { authorizationOf } from '../engine/credential.ts';
import { nodeTransport } from '../engine/node-transport.ts';

/** A program of its own: posts the logs that it reads from standard input, for a run host that is exiting. */
const { api, logs } = z.object({ api: ticketApi, logs: z.array(logCreate) }).parse(JSON.parse(await text(process.stdin)));
const authorization = authorizationOf(api.credential, process.env);
const client = createClient(runReportRoutes, { url: api.url, authorization, patience: 5, transport: nodeTransport });
for (let index = 0; index < logs.length; index += 1000) await client.createLogs({ body: logs.slice(index, index + 1000) });
