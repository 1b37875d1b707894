import { secret } from '@tributary/flow';
import type { Connection } from '@tributary/postgres';

import type { PostgresParameters } from './parameters.ts';

/** Adds user and password to the place of a Postgres. */
export async function connectionTo({ host, port, database }: PostgresParameters): Promise<Connection> {
  return { host, port, database, user: await secret('postgres-user'), password: await secret('postgres-pass') };
}
