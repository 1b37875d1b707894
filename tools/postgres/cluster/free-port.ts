import { createServer } from 'node:net';

/** Finds a free port on loopback. Postgres doesn't accept port 0. */
export function freePort(): Promise<number> {
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
