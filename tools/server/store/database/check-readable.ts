import type { Database } from './database.ts';

/** @throws if the database can't be read */
export function checkReadable(database: Database): void {
  database.get('SELECT 1 FROM flows LIMIT 1');
}
