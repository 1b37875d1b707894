import { messageOf, TributaryError } from '@tributary/contract/error';
import type { Ticket } from '@tributary/contract/ticket';

// An import statement would evaluate all exports of node:fs, including streams and promises, which takes 4 ms.
const { mkdirSync } = process.getBuiltinModule('node:fs');

/** Sets the run's environment variables and working directory, and creates its data folder. @throws `storage` if a folder can't be used */
export function prepare(ticket: Pick<Ticket, 'env' | 'cwd' | 'dataDir'>): void {
  Object.assign(process.env, ticket.env);
  try {
    process.chdir(ticket.cwd);
  } catch (error) {
    throw new TributaryError('storage', `Can't start the run in its folder ${ticket.cwd}: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  try {
    mkdirSync(ticket.dataDir, { recursive: true });
  } catch (error) {
    throw new TributaryError(
      'storage',
      `Can't create the data folder ${ticket.dataDir}: ${messageOf(error)}. Is it a file, or is the disk full?`,
      {
        cause: error,
      },
    );
  }
}
