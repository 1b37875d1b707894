import { Socket } from 'node:net';
import { Client, DatabaseError } from 'pg';

import type { Connection } from './connection.ts';

/** A connection to Postgres. */
export interface Session {
  readonly client: Client;
  /** closes the connection at once; Postgres then rolls back what wasn't committed */
  readonly cut: () => void;
  /** the notices of the server, such as those of a DROP */
  readonly notices: readonly { readonly message: string | undefined; readonly detail: string | undefined }[];
}

/** How long to wait for a connection, in milliseconds. */
const longestWait = 10_000;

/** Connects to Postgres. @param signal cuts the connection when it is aborted */
export async function connect(connection: Connection, signal: AbortSignal): Promise<Session> {
  signal.throwIfAborted();
  const socket = new Socket();
  const client = new Client({
    ...connection,
    ssl: false,
    stream: () => socket,
    keepAlive: true,
    connectionTimeoutMillis: longestWait,
    application_name: 'tributary',
  });
  const notices: { message: string | undefined; detail: string | undefined }[] = [];
  client.on('notice', ({ message, detail }) => notices.push({ message, detail }));
  // The query that is under way rejects with the same error.
  client.on('error', () => undefined);
  const cut = () => {
    signal.removeEventListener('abort', cut);
    socket.destroy();
  };
  signal.addEventListener('abort', cut);
  try {
    await client.connect();
    await noticeCut(client);
  } catch (error) {
    cut();
    throw error;
  }
  return { client, cut, notices };
}

/** Makes Postgres end a statement within a second after the connection was cut. Without it, the statement would go on to its end. */
async function noticeCut(client: Client): Promise<void> {
  const setting = 'client_connection_check_interval';
  // Postgres 13 lacks the setting. On some systems, Postgres has it but refuses to change it.
  await client.query(`SELECT set_config('${setting}', '1s', false) FROM pg_settings WHERE name = '${setting}'`).catch((error: unknown) => {
    if (!(error instanceof DatabaseError)) throw error;
  });
}
