import type { Client } from 'pg';
import { z } from 'zod';

import { tableSql } from '../table/sql.ts';
import type { TableName } from '../table/table-name.ts';
import { turnOf } from './make-room.ts';

const holders = z.array(z.object({ pid: z.int(), name: z.string(), application: z.string(), seconds: z.int().nullable() }));

/** Says which other sessions hold a lock on a table, after the transaction that waited for it was rolled back. */
export async function sayLockHolders(client: Client, table: TableName): Promise<string> {
  const { rows } = await client.query(
    `SELECT DISTINCT a.pid, coalesce(a.usename, '?')::text AS name, coalesce(a.application_name, '') AS application,
            extract(epoch FROM now() - a.xact_start)::int AS seconds
       FROM pg_locks l
       JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.granted AND l.pid <> pg_backend_pid() AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.relation = to_regclass($1)
             OR (l.locktype = 'advisory' AND (l.classid::bigint << 32) + l.objid::bigint = hashtextextended($2, 0)))`,
    [tableSql(table), turnOf(table)],
  );
  const sayOne = ({ pid, name, application, seconds }: z.output<typeof holders>[number]) =>
    `process ${pid} of user "${name}"${application ? ` (${application})` : ''}${seconds === null ? '' : `, in a transaction for ${seconds} s`}`;
  return holders.parse(rows).map(sayOne).join('; ');
}
