import { secret } from '@tributary/flow';
import type { Connection } from '@tributary/postgres';

import type { Postgres } from './parameters.ts';

/** Adds user and password to the place of a Postgres. */
export async function connectionTo({ host, port, database }: Postgres): Promise<Connection> {
  return { host, port, database, user: await secret('postgres-user'), password: await secret('postgres-pass') };
}
