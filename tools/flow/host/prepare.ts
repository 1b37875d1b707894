import { chdir, env } from 'node:process';
import { mkdirSync } from 'node:fs';

import { messageOf, TributaryError } from '@tributary/contract/error';
import type { Ticket } from '@tributary/contract/ticket';

/** Puts the process where the run belongs: its variables, its folder, its data folder. @throws `storage` when a folder is not usable */
export function prepare(ticket: Pick<Ticket, 'env' | 'cwd' | 'dataDir'>): void {
  Object.assign(env, ticket.env);
  try {
    chdir(ticket.cwd);
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
