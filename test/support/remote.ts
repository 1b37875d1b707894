import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type GitServer, startGitServer } from '../../tools/code/test-support/git-server.ts';

/** A repository on a real git server. */
export interface Remote {
  readonly server: GitServer;
  /** the URL that workers fetch from */
  readonly url: string;
  /** the folder of the bare repository, to which tests push */
  readonly folder: string;
  /** a folder for the code store of commands */
  readonly store: string;
  close(): Promise<void>;
}

/** @param token what the server asks for; without one, everybody may read */
export async function createRemote(token?: string): Promise<Remote> {
  const parent = mkdtempSync(join(tmpdir(), 'tributary-remote-'));
  const folder = join(parent, 'origin', 'acme', 'data.git');
  mkdirSync(folder, { recursive: true });
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: folder, env });
  git('init', '-q', '--bare', '-b', 'main');
  for (const name of ['allowFilter', 'allowAnySHA1InWant']) git('config', `uploadpack.${name}`, 'true');
  const server = await startGitServer(join(parent, 'origin'), token);
  return {
    server,
    url: `${server.url}/acme/data.git`,
    folder,
    store: join(parent, 'store'),
    async close() {
      await server.close();
      rmSync(parent, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
