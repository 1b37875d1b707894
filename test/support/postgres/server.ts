// A real Postgres for tests, as `npx tributary postgres start` runs it, but without waiting for the disk:
//
//   const postgres = await startPostgres();        // about 3 s; a free port, a cluster and a password of its own
//   postgres.connection                            // for @tributary/postgres
//   postgres.url                                   // postgresql+asyncpg://prefect:…@127.0.0.1:40123/postgres
//   await postgres.stop();
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Connection } from '@tributary/postgres';
import { startCluster } from '@tributary/postgres/cluster';

export interface Postgres {
  readonly connection: Connection;
  /** in the form of Prefect's setting; contains the password, so pass it only in an environment variable */
  readonly url: string;
  /** all lines of its log since it was ready */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-postgres-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  const log: string[] = [];
  const onLine = (line: string) => void log.push(line);
  try {
    const { host, port, database, user, passwordFile, stop } = await startCluster({ folder, user: 'prefect', durable: false, onLine });
    const password = readFileSync(passwordFile, 'utf8');
    return {
      connection: { host, port, database, user, password },
      url: `postgresql+asyncpg://${user}:${password}@${host}:${port}/${database}`,
      log,
      async stop() {
        await stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
