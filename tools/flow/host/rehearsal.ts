import { patience } from '@tributary/contract/client';
import type { HttpAnswer, HttpRequest } from '@tributary/contract/client';
import { type HostCommand, hostCommand, newestTicketVersion } from '@tributary/contract/ticket';

import { flow } from '../author/flow.ts';
import { logger } from '../author/logger.ts';
import { task } from '../author/task.ts';
import { createClients } from '../report/clients.ts';
import { createServerPort } from '../report/server-port.ts';
import { executeFlow } from './execute.ts';
import { loadFlow } from './load-flow.ts';

const nobody = '00000000-0000-4000-8000-000000000000';
const moment = '2026-01-01T00:00:00.000000Z';

const step = task({ name: 'rehearsal' }, () => Promise.resolve(null));
/**
 * The flow of the rehearsal.
 * @public the entrypoint below finds it by its name
 */
export const rehearsal = flow({ name: 'rehearsal' }, async () => {
  logger.info('rehearsal');
  await step();
});

/** Runs a small flow without a server and without effects, because code is slow when it runs for the first time. */
export async function rehearse(): Promise<void> {
  const command = read(
    JSON.stringify({
      type: 'ticket',
      ticket: {
        version: newestTicketVersion,
        flowRunId: nobody,
        flowRunName: 'rehearsal',
        flowId: nobody,
        deployment: { id: nobody, name: 'rehearsal' },
        scheduledStartTime: moment,
        tags: ['rehearsal'],
        claimedStateId: nobody,
        claim: nobody,
        attempt: 1,
        concurrencyLease: null,
        api: { url: 'http://127.0.0.1:1/api', credential: null, features: ['claim'] },
        root: import.meta.dirname,
        entrypoint: `${import.meta.filename}:rehearsal`,
        cwd: '/',
        dataDir: '/',
        env: { REHEARSAL: '1' },
        parameters: {},
        code: null,
      },
    }),
  );
  if (command.type !== 'ticket') return;
  const { ticket } = command;
  const clients = createClients({ url: ticket.api.url, authorization: undefined, patience: patience.none, transport: accept });
  const port = createServerPort({
    clients,
    signal: new AbortController().signal,
    root: { id: ticket.flowRunId, attempt: 1, claim: ticket.claim, claimedStateId: ticket.claimedStateId, lease: null },
    features: ticket.api.features,
  });
  await executeFlow(await loadFlow(ticket), ticket, port);
  await port.flush();
}

function read(text: string): HostCommand {
  return hostCommand.parse(JSON.parse(text), { jitless: true });
}

/** A transport that accepts every proposed state. */
function accept({ body = '{}' }: HttpRequest): Promise<HttpAnswer> {
  const type = /"type":"([A-Z]+)"/.exec(body)?.[1] ?? 'RUNNING';
  const state = { id: nobody, type, name: type, timestamp: moment, message: null, data: null, state_details: { flow_run_id: nobody } };
  const text = JSON.stringify({ state, status: 'ACCEPT', details: { type: 'accept_details' } });
  return Promise.resolve({ status: 201, headers: { 'content-type': 'application/json' }, text });
}
