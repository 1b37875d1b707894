import { fileURLToPath } from 'node:url';

import type { Ticket } from '@tributary/contract/ticket';

import type { ServerPort } from '../report/server-port.ts';
import type { Channel } from './channel.ts';

/** Characters that an IPC channel takes in one go: what does not fit its buffer is lost with the process. */
const roomInChannel = process.platform === 'linux' ? 100_000 : 4000;

interface Sender {
  readonly port: ServerPort;
  readonly ticket: Ticket;
  readonly authorization: string | undefined;
}

/**
 * Hands over what an ending process could not send any more. Requests deliver nothing from an exit handler: a few lines go to the
 * worker, which posts them; task run states, and more lines than its channel holds, are posted by a process of their own.
 */
export function sendLastWords(channel: Channel, { port, ticket, authorization }: Sender): void {
  const { logs, events } = port.unsent();
  if (logs.length === 0 && events.length === 0) return;
  if (events.length === 0 && process.connected && JSON.stringify(logs).length < roomInChannel) {
    for (const { id, items } of logs) channel.send({ type: 'logs', logs: [...items], request: id });
    return;
  }
  // Loaded here: hardly any run gets here, and all of them would wait for an import.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  spawnSync(process.execPath, [fileURLToPath(new URL('./post-last.ts', import.meta.url))], {
    input: JSON.stringify({ url: ticket.api.url, authorization, events, logs }),
    stdio: ['pipe', 'ignore', 'inherit'],
    timeout: 10_000,
  });
}
