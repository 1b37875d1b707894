import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';

import { messageOf, TributaryError } from '@tributary/contract/error';
import { gitEnvironment, hideToken } from '@tributary/contract/git-environment';
import { commitIn, isCommit, refNames } from '@tributary/contract/repository';

import type { CheckoutRequest } from '../engine-port.ts';
import { removeAtExit } from './remove-at-exit.ts';
import { missingSecret, secretEnvironmentName } from './stored-values.ts';

const run = promisify(execFile);
/** A transfer that is slower than 1 kB/s for so many seconds is given up. */
const stallSeconds = 30;

/** Clones a repository into a temporary folder, which goes when this process ends. */
export async function checkOutLocally(
  { repository, ref, token: secret }: CheckoutRequest,
  signal: AbortSignal,
): Promise<{ readonly dir: string; readonly commit: string }> {
  // A file with a token ends with a line break.
  const token = secret === null ? undefined : process.env[secretEnvironmentName(secret)]?.trim();
  if (secret !== null && !token) throw missingSecret(secret, false);
  const env = gitEnvironment(process.env, { url: repository, token, stallSeconds });
  const hide = hideToken(repository, token);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-checkout-')));
  removeAtExit(folder);
  const [objects, dir] = [join(folder, 'git'), join(folder, 'files')];
  const git = async (...args: readonly string[]): Promise<string> => {
    try {
      return (await run('git', [`--git-dir=${objects}`, ...args], { cwd: folder, env, signal })).stdout;
    } catch (error) {
      signal.throwIfAborted();
      throw explain(hide(messageOf(error)), repository, secret);
    }
  };
  try {
    await git('init', '--quiet', '--bare');
    const commit = isCommit(ref) ? ref : commitIn(await git('ls-remote', 'origin', ...refNames(ref)), repository, ref);
    await git('fetch', '--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', 'origin', commit);
    mkdirSync(dir);
    await git(`--work-tree=${dir}`, 'read-tree', '--reset', '-u', commit);
    refuseLinksOut(dir, repository);
    rmSync(objects, { recursive: true, force: true });
    return { dir, commit };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A worker refuses such a tree too: the files of this machine aren't the repository's. */
function refuseLinksOut(dir: string, repository: string): void {
  const links = readdirSync(dir, { withFileTypes: true, recursive: true }).filter((entry) => entry.isSymbolicLink());
  const found = links.find(({ parentPath, name }) => {
    const path = join(parentPath, name);
    const target = existsSync(path) ? realpathSync(path) : resolve(parentPath, readlinkSync(path));
    return !`${target}${sep}`.startsWith(`${dir}${sep}`);
  });
  if (found)
    throw new TributaryError(
      'crashed',
      `${relative(dir, join(found.parentPath, found.name))} in ${repository} is a symbolic link that leaves the repository. A run only reads what its commit has: replace the link by the file.`,
    );
}

function explain(printed: string, repository: string, secret: string | null): TributaryError {
  const reason = /^(?:fatal|error|remote): .*$/m.exec(printed)?.[0] ?? printed.split('\n')[0] ?? '';
  const remedy =
    secret === null
      ? 'Check the URL; for a private repository, name a secret that holds a token.'
      : `Check the URL, and the token in ${secretEnvironmentName(secret)}.`;
  return new TributaryError('crashed', `${repository} can't be checked out: git says: ${reason} ${remedy}`);
}
