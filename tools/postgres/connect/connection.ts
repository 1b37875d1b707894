import { z } from 'zod';

import { issuesOf, TributaryError } from '@tributary/contract/error';

const checked = z.object({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  database: z.string().min(1),
  user: z.string().min(1),
  password: z.string(),
});

/** Where a Postgres is, and who connects to it. The password is only sent to Postgres, and is never in a message. */
export type Connection = Readonly<z.output<typeof checked>>;

/** Checks a connection. A missing field would otherwise be read from the environment, and could mean another database. @throws `misuse` */
export function readConnection(connection: Connection): Connection {
  const read = checked.safeParse(connection);
  if (read.success) return read.data;
  const issues = issuesOf(read.error)
    .map(({ path, message }) => `${path || 'connection'}: ${message}`)
    .join('; ');
  throw new TributaryError(
    'misuse',
    `The connection to Postgres isn't complete. Give host, port, database, user and password (${issues}).`,
  );
}

/** Names a Postgres in a message. */
export function placeOf({ host, port, database }: Connection): string {
  return `Postgres at ${host}:${port}, database "${database}"`;
}
