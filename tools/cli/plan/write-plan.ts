import { realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { messageOf, TributaryError } from '@tributary/contract/error';
import { writeJson } from '@tributary/contract/json';
import type { Plan } from '@tributary/contract/nouns/plan';
import { replaceFile } from '@tributary/plan';

import { misuse } from '../command/refusal.ts';

/**
 * Resolves the path of a file that the command writes at its end.
 * @throws `misuse` if its folder doesn't exist, or if it is a folder itself
 */
export async function checkPath(cwd: string, path: string): Promise<string> {
  const file = resolve(cwd, path);
  if (await isFolder(file)) throw misuse(`--out ${path} is a folder: give the name of a file.`);
  if (!(await isFolder(dirname(file)))) throw misuse(`--out ${path}: there is no folder ${dirname(file)}. Create it first.`);
  return file;
}

/** Writes the JSON of a plan to a file, a pipe or a device. A symbolic link stays. */
export async function writePlan(file: string, plan: Plan): Promise<void> {
  const text = `${writeJson(plan, 2)}\n`;
  try {
    const found = await stat(file).catch(() => undefined);
    // A rename would replace a pipe or a device, such as /dev/null, by a file.
    await (found && !found.isFile() ? writeFile(file, text) : replaceFile(found ? await realpath(file) : file, text));
  } catch (error) {
    throw new TributaryError('storage', `The plan can't be written to ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
