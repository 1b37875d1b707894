import { text } from 'node:stream/consumers';

import { createClient } from '@tributary/contract/client';
import { event } from '@tributary/contract/nouns/event';
import { logCreate } from '@tributary/contract/nouns/log';
import { runReportRoutes } from '@tributary/contract/routes/run-reports';
import { z } from 'zod';

import { nodeTransport } from '../engine/node-transport.ts';

/** A program of its own: posts the task run states and logs that it reads from standard input, for a run host that is exiting. */
const input = z.object({ url: z.string(), authorization: z.string().optional(), events: z.array(event), logs: z.array(logCreate) });
const { url, authorization, events, logs } = input.parse(JSON.parse(await text(process.stdin)));
const client = createClient(runReportRoutes, { url, authorization, patience: 5, transport: nodeTransport });
for (let index = 0; index < events.length; index += 500) await client.createEvents({ body: events.slice(index, index + 500) });
for (let index = 0; index < logs.length; index += 1000) await client.createLogs({ body: logs.slice(index, index + 1000) });
