import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** The files from which Nx sets the variables of its targets, in its order: the first file with a variable decides. */
export const variableFiles = ['.env.local', '.local.env', '.env'];

/**
 * Sets the variables of the workspace's .env files, so that a deployments.ts sees the same values from the command as from Nx. Variables
 * that are set already stay.
 * @param env changed by this function
 */
export function setVariables(root: string, env: NodeJS.ProcessEnv): void {
  for (const file of variableFiles) for (const [name, value] of Object.entries(read(join(root, file)))) env[name] ??= value;
}

function read(path: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch {
    // The file doesn't exist, or can't be read.
    return {};
  }
}
