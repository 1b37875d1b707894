import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Lock } from '../hold/acquire.ts';
import { gitEnvironment } from '@tributary/contract/git-environment';
import { git } from './git.ts';

/** git needs the name of a repository, and asks no server here. */
const nowhere = { url: 'https://localhost/', token: undefined, stallSeconds: 1 };

/**
 * Reads all objects of a bare repository, and follows them from the commits that are held. Asks no server.
 * @param lock the repository's lock, held alone
 * @returns what git says is wrong; none if nothing is
 */
export async function verifyObjects(
  folder: string,
  lock: Lock,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<string[]> {
  const run = (args: readonly string[]) => git(args, { folder, env: gitEnvironment(env, nowhere), lock, signal });
  const packs = join(folder, 'objects', 'pack');
  const indexes = existsSync(packs) ? readdirSync(packs).filter((name) => name.endsWith('.idx')) : [];
  // The second one alone reads no files of a commit, the first one alone misses a pack that is gone.
  const results = [
    ...(indexes.length > 0 ? [await run(['verify-pack', ...indexes.map((name) => join(packs, name))])] : []),
    await run(['fsck', '--connectivity-only', '--no-dangling', '--no-progress']),
  ];
  return results.filter(({ ok }) => !ok).map(({ printed }) => firstProblem(printed));
}

function firstProblem(printed: string): string {
  const lines = printed.trim().split('\n');
  return (lines.find((line) => /^(?:error|fatal): |^missing /.test(line)) ?? lines[0] ?? '')
    .replace(/^(?:error|fatal): /, '')
    .slice(0, 300);
}
