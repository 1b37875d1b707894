import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

import { eventually } from '../../../test/support/eventually.ts';
import { type Postgres, startPostgres } from '../../../test/support/postgres/server.ts';
import type { Connection } from '../index.ts';

/** A Postgres for the tests of one file. */
export interface OnPostgres {
  readonly connection: Connection;
  /** runs a statement on a connection of its own @returns the rows as arrays */
  query(statement: string): Promise<unknown[][]>;
  /** @returns the lines that Postgres has logged since it was ready */
  readLog(): Promise<readonly string[]>;
  /** opens a connection that stays open until `closeOpened` */
  open(): Promise<Client>;
  /** ends all connections of `open`, so that a failed test doesn't hold up the next ones by a lock */
  closeOpened(): Promise<void>;
  stop(): Promise<void>;
}

export async function createOnPostgres(): Promise<OnPostgres> {
  const postgres: Postgres = await startPostgres();
  const { connection, log } = postgres;
  const opened: Client[] = [];
  const open = async (): Promise<Client> => {
    const client = await openSession(connection);
    opened.push(client);
    return client;
  };
  const closeOpened = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((client) => client.end()));
  };
  return {
    connection,
    async readLog() {
      // A line may arrive here later than the answer to its statement, but the lines arrive in their order.
      const mark = `read until ${randomUUID()}`;
      await query(connection, `DO $$ BEGIN RAISE LOG '${mark}'; END $$`);
      await eventually(
        () => log.some((line) => line.includes(mark)),
        (isRead) => isRead,
      );
      return [...log];
    },
    open,
    query: (statement) => query(connection, statement),
    closeOpened,
    async stop() {
      await closeOpened();
      await postgres.stop();
    },
  };
}

/** Opens a connection. Losing it doesn't fail the test. */
export async function openSession(connection: Connection): Promise<Client> {
  const client = new Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Runs a statement on a connection of its own. @returns the rows as arrays */
export async function query(connection: Connection, statement: string): Promise<unknown[][]> {
  const client = await openSession(connection);
  try {
    const { rows } = await client.query<unknown[]>({ text: statement, rowMode: 'array' });
    return rows;
  } finally {
    await client.end();
  }
}

/** @returns a function that runs statements on one session. If the session is lost, the next statement opens another one. */
export function keepSession(connection: Connection): (statement: string) => Promise<unknown[][]> {
  let session: Promise<Client> | undefined;
  return async (statement) => {
    session ??= openSession(connection);
    try {
      const { rows } = await (await session).query<unknown[]>({ text: statement, rowMode: 'array' });
      return rows;
    } catch (error) {
      session = undefined;
      throw error;
    }
  };
}
