import { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

import { writeJson } from '@tributary/contract/json';

import { createDatabase, type Database } from '../database/database.ts';
import { queries, type QueryName } from './queries.ts';
import type { Question, Told } from './reader.ts';

/** The reader imports what it then starts as a thread, so that this file's compiled code is cached with the rest of the server's. */
export const threadFile = new URL(import.meta.url);

/** What the reader gives the thread: the database's path under a name that no other program's thread has. */
export const pathName = 'tributary.database';

// The route that asked has parsed the body; which query it fits is known by its name alone.
const byName: Readonly<Record<QueryName, (database: Database, body: never, now: number) => unknown>> = queries;

const given: unknown = workerData;
if (parentPort && typeof given === 'object' && given !== null && pathName in given) serve(parentPort, String(given[pathName]));

function serve(port: MessagePort, path: string): void {
  const database = createDatabase(new DatabaseSync(path, { readOnly: true, timeout: 5000 }));
  port.on('message', async ({ number, name, body, now }: Question) => {
    let told: Told;
    try {
      told = { number, json: writeJson(await byName[name](database, body as never, now)) };
    } catch (error) {
      told = { number, error: error instanceof Error ? error.message : String(error) };
    }
    port.postMessage(told, []);
  });
}
