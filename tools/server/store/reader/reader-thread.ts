import { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

import { writeJson } from '@tributary/contract/json';

import { createDatabase, type Database } from '../database/database.ts';
import { queries, type QueryName } from './queries.ts';

/** The reader imports this file before the thread starts, so that the file's compiled code is in the server's cache. */
export const threadFile = new URL(import.meta.url);

/** What the reader asks its thread: a query by its name. */
export interface Question {
  readonly number: number;
  readonly name: QueryName;
  readonly body: unknown;
  /** integer microseconds */
  readonly now: number;
}
export type Reply = { readonly number: number } & ({ readonly json: string } | { readonly error: string });

/** The key of the database's path in `workerData`, which threads of other programs don't have. */
export const pathName = 'tributary.database';

// The route has parsed the body, so it fits the query of this name. The type can't express this.
const byName: Readonly<Record<QueryName, (database: Database, body: never, now: number) => unknown>> = queries;

const given: unknown = workerData;
if (parentPort && typeof given === 'object' && given !== null && pathName in given) serve(parentPort, String(given[pathName]));

function serve(port: MessagePort, path: string): void {
  const database = createDatabase(new DatabaseSync(path, { readOnly: true, timeout: 5000 }));
  port.on('message', async ({ number, name, body, now }: Question) => {
    let reply: Reply;
    try {
      reply = { number, json: writeJson(await byName[name](database, body as never, now)) };
    } catch (error) {
      reply = { number, error: error instanceof Error ? error.message : String(error) };
    }
    port.postMessage(reply, []);
  });
}
