import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

import { createDatabase, type Database } from './database.ts';
import { queries, type QueryName } from './queries.ts';
import type { Question, Told } from './reader.ts';

const database = createDatabase(new DatabaseSync(String(workerData), { readOnly: true, timeout: 5000 }));

// The route that asked has parsed the body; which query it fits is known by its name alone.
const byName: Readonly<Record<QueryName, (database: Database, body: never, now: number) => unknown>> = queries;

parentPort?.on('message', ({ number, name, body, now }: Question) => {
  let told: Told;
  try {
    told = { number, json: JSON.stringify(byName[name](database, body as never, now)) };
  } catch (error) {
    told = { number, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(told, []);
});
