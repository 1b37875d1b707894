import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files that `npm run setup` installs .venv from. The second is optional: a user's own packages. */
const files = ['requirements.txt', 'ints/requirements.local.txt'];

/** Finds the files that have changed since `npm run setup` installed .venv from them. */
export async function findChangedRequirements(root: string): Promise<string[]> {
  const [stamp, ...texts] = await Promise.all(['.venv/.setup', ...files].map((file) => read(join(root, file))));
  const hashes = texts.map((text) => text && createHash('sha256').update(text).digest('hex'));
  // Setup writes a hash per file, one a line. It writes none if it failed, or if .venv was made by hand: then only the pins can be compared.
  const installed = stamp?.toString().split('\n') ?? hashes.slice(0, 1);
  return files.filter((_, index) => installed[index] !== hashes[index]);
}

async function read(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch {
    return undefined;
  }
}
