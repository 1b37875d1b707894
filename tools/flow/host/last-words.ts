import { fileURLToPath } from 'node:url';

import type { Ticket } from '@tributary/contract/ticket';

import type { ServerPort } from '../report/server-port.ts';
import type { Channel } from './channel.ts';

/** How many characters fit the buffer of an IPC channel. The rest of a longer message is lost when the process exits. */
const channelCapacity = process.platform === 'linux' ? 100_000 : 4000;

interface Sender {
  readonly port: ServerPort;
  readonly ticket: Ticket;
  readonly authorization: string | undefined;
}

/**
 * Sends the last logs and task run states from an exit handler, where HTTP requests are not delivered. A few log lines go to the worker, which
 * posts them. Task run states, and more lines than fit the channel, are posted by a new process.
 */
export function sendLastWords(channel: Channel, { port, ticket, authorization }: Sender): void {
  const { logs, events } = port.unsent();
  if (logs.length === 0 && events.length === 0) return;
  if (events.length === 0 && process.connected && JSON.stringify(logs).length < channelCapacity) {
    for (const { id, items } of logs) channel.send({ type: 'logs', logs: [...items], request: id });
    return;
  }
  // Loaded here, because an import statement would delay all runs, and hardly any run needs it.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  spawnSync(process.execPath, [fileURLToPath(new URL('./post-last.ts', import.meta.url))], {
    input: JSON.stringify({ url: ticket.api.url, authorization, events, logs }),
    stdio: ['pipe', 'ignore', 'inherit'],
    timeout: 10_000,
  });
}
