import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type GitServer, startGitServer } from '../../tools/code/test-support/git-server.ts';
import { gitIn } from './git.ts';

/** A repository on a real git server. */
export interface Remote {
  readonly server: GitServer;
  /** the URL that workers fetch from */
  readonly url: string;
  /** the folder of the bare repository, to which tests push */
  readonly folder: string;
  /** a folder for the code store of commands */
  readonly store: string;
  /** a folder for the files that a test commits */
  readonly workTree: string;
  close(): Promise<void>;
}

/**
 * @param token what the server asks for; without one, everybody may read
 * @param options.path the repository's path in the URL @default acme/data.git
 * @param options.within the folder for the remote's own folder @default the system's temporary folder
 */
export async function createRemote(token?: string, { path = 'acme/data.git', within = tmpdir() } = {}): Promise<Remote> {
  const parent = mkdtempSync(join(within, 'tributary-remote-'));
  const folder = join(parent, 'origin', path);
  mkdirSync(folder, { recursive: true });
  const git = (...args: readonly string[]) => gitIn(folder, ...args);
  git('init', '-q', '--bare', '-b', 'main');
  for (const name of ['allowFilter', 'allowAnySHA1InWant']) git('config', `uploadpack.${name}`, 'true');
  const server = await startGitServer(join(parent, 'origin'), token);
  return {
    server,
    url: `${server.url}/${path}`,
    folder,
    store: join(parent, 'store'),
    workTree: join(parent, 'work-tree'),
    async close() {
      await server.close();
      rmSync(parent, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
