import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf } from '@tributary/contract/error';
import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});
const manifest = z.object({ dependencies: names, devDependencies: names });

/**
 * Finds the packages that ints/package.json lists but that aren't installed. A workspace may have no such file.
 * @returns the reason as text if the file can't be read
 */
export async function findMissingPackages(root: string): Promise<string[] | string> {
  const file = join(root, 'ints', 'package.json');
  if (!existsSync(file)) return [];
  try {
    const { dependencies, devDependencies } = manifest.parse(JSON.parse(await readFile(file, 'utf8')));
    return Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !isInstalled(root, name));
  } catch (error) {
    return `ints/package.json can't be read: ${messageOf(error).split('\n')[0]}`;
  }
}

/** npm installs a package beside ints/package.json if the root has another version of it. */
function isInstalled(root: string, name: string): boolean {
  return ['ints', '.'].some((folder) => existsSync(join(root, folder, 'node_modules', name)));
}
