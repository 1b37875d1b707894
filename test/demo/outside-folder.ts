import { lstatSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { removeFolder } from '../../tools/code/hold/remove-folder.ts';
import { isAlive } from '../support/process.ts';
import type { Stops } from '../support/stops.ts';

/**
 * Creates a folder for what can't be inside of a workspace. It is removed when the demo ends. Those that killed demos left are removed
 * first: the name of each has the process id of its demo.
 */
export async function createOutsideFolder(stops: Stops): Promise<string> {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = /^tributary-demo-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid)) && isOurs(join(tmpdir(), name))) await removeFolder(join(tmpdir(), name));
  }
  return await stops.add(mkdtempSync(join(tmpdir(), `tributary-demo-${process.pid}-`)), removeFolder);
}

function isOurs(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}
