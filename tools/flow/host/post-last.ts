import { text } from 'node:stream/consumers';

import { createClient } from '@tributary/contract/client';
import { event } from '@tributary/contract/nouns/event';
import { logCreate } from '@tributary/contract/nouns/log';
import { headers } from '@tributary/contract/routes/route';
import { runReportRoutes } from '@tributary/contract/routes/run-reports';
import { z } from 'zod';

import { nodeTransport } from '../engine/node-transport.ts';

/** This program posts the task run states and logs that it reads from standard input, for a run host that is exiting. */
const batch = z.object({ id: z.guid(), items: z.array(logCreate) });
const input = z.object({ url: z.string(), authorization: z.string().optional(), events: z.array(event), logs: z.array(batch) });
const { url, authorization, events, logs } = input.parse(JSON.parse(await text(process.stdin)));
const client = createClient(runReportRoutes, { url, authorization, patience: 5, transport: nodeTransport });
for (let index = 0; index < events.length; index += 500) await client.createEvents({ body: events.slice(index, index + 500) });
for (const { id, items } of logs) await client.createLogs({ body: items, headers: { [headers.request]: id } });
