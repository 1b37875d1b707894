import { messageOf, TributaryError } from '@tributary/contract/error';
import type { Ticket } from '@tributary/contract/ticket';

// An import would evaluate every export of it, streams and promises too: 4 ms.
const { mkdirSync } = process.getBuiltinModule('node:fs');

/** Puts the process where the run belongs: its variables, its folder, its data folder. @throws `storage` when a folder is not usable */
export function prepare(ticket: Pick<Ticket, 'env' | 'cwd' | 'dataDir'>): void {
  Object.assign(process.env, ticket.env);
  try {
    process.chdir(ticket.cwd);
  } catch (error) {
    throw new TributaryError('storage', `The run should start in ${ticket.cwd}, which is not usable: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  try {
    mkdirSync(ticket.dataDir, { recursive: true });
  } catch (error) {
    throw new TributaryError(
      'storage',
      `The data folder ${ticket.dataDir} is not usable: ${messageOf(error)}. Is it a file, or is the disk full?`,
      {
        cause: error,
      },
    );
  }
}
