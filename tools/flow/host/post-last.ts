import { text } from 'node:stream/consumers';

import { createClient } from '@tributary/contract/client';
import { event } from '@tributary/contract/nouns/event';
import { logCreate } from '@tributary/contract/nouns/log';
import { runReportRoutes } from '@tributary/contract/routes/run-reports';
import { ticketApi } from '@tributary/contract/ticket';
import { z } from 'zod';

import { authorizationOf } from '../engine/credential.ts';
import { nodeTransport } from '../engine/node-transport.ts';

/** A program of its own: posts the task run states and logs that it reads from standard input, for a run host that is exiting. */
const input = z.object({ api: ticketApi, events: z.array(event), logs: z.array(logCreate) });
const { api, events, logs } = input.parse(JSON.parse(await text(process.stdin)));
const authorization = authorizationOf(api.credential, process.env);
const client = createClient(runReportRoutes, { url: api.url, authorization, patience: 5, transport: nodeTransport });
for (let index = 0; index < events.length; index += 500) await client.createEvents({ body: events.slice(index, index + 500) });
for (let index = 0; index < logs.length; index += 1000) await client.createLogs({ body: logs.slice(index, index + 1000) });
