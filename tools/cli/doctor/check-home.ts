import { randomUUID } from 'node:crypto';
import { access, constants, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { messageOf } from '@tributary/contract/error';

import { type Finding, ok, problem } from './finding.ts';

/** Checks that the home folder, which holds the state of server and worker, can be written. */
export async function checkHome(home: string): Promise<Finding> {
  const name = 'home folder';
  try {
    const found = await stat(home).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found && !found.isDirectory())
      return problem(name, `${home} is a file`, 'Remove or rename the file, or set TRIBUTARY_HOME to a folder.');
    if (!found) {
      await access(dirname(home), constants.W_OK);
      return ok(name, `${home} (made when it is needed)`);
    }
    const file = join(home, `.doctor-${randomUUID()}`);
    await writeFile(file, 'can this be written?');
    await rm(file);
    return ok(name, `${home} (the state of server and workers, and the files of runs)`);
  } catch (error) {
    return problem(
      name,
      `${home} can't be written: ${messageOf(error)}`,
      'Free some disk space, change the permissions of the folder, or set TRIBUTARY_HOME to another folder.',
    );
  }
}
