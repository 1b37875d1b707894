import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type GitServer, startGitServer } from '../../tools/code/test-support/git-server.ts';
import type { Installation } from './installation.ts';
import type { Ended } from './process.ts';

/** A workspace whose repository stands on a real git server. */
export interface GitWorkspace {
  readonly server: GitServer;
  /** the URL that workers fetch from */
  readonly url: string;
  /** the folder of the bare repository */
  readonly origin: string;
  /** runs git in the workspace @returns what git printed */
  git(...args: readonly string[]): string;
  /** writes files and commits everything @returns the commit */
  commit(files?: Readonly<Record<string, string>>): string;
  /** commits and pushes @returns the commit */
  push(files?: Readonly<Record<string, string>>): string;
  /** runs the `tributary` command with a code store of its own */
  command(...args: readonly string[]): Promise<Ended>;
  close(): Promise<void>;
}

const settings = ['-c', 'core.fsync=none', '-c', 'gc.auto=0', '-c', 'user.name=Test', '-c', 'user.email=test@example.com'];

/**
 * Makes the workspace of an installation a git repository, and pushes its files to a server.
 * @param token what the server asks for; without one, everybody may read
 */
export async function pushWorkspace(on: Installation, token?: string): Promise<GitWorkspace> {
  const { workspace } = on;
  const folder = mkdtempSync(join(tmpdir(), 'tributary-git-'));
  const origin = join(folder, 'origin', 'acme', 'data.git');
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const run = (cwd: string, ...args: readonly string[]): string =>
    execFileSync('git', [...settings, ...args], { cwd, env: { ...env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' } })
      .toString()
      .trim();
  const git = (...args: readonly string[]): string => run(workspace.root, ...args);
  mkdirSync(origin, { recursive: true });
  run(origin, 'init', '-q', '--bare', '-b', 'main');
  for (const name of ['allowFilter', 'allowAnySHA1InWant']) run(origin, 'config', `uploadpack.${name}`, 'true');
  const server = await startGitServer(join(folder, 'origin'), token);
  const commit = (files: Readonly<Record<string, string>> = {}): string => {
    for (const [path, text] of Object.entries(files)) workspace.write(path, text);
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', 'Change');
    return git('rev-parse', 'HEAD');
  };
  const push = (files: Readonly<Record<string, string>> = {}): string => {
    const id = commit(files);
    git('push', '-q', origin, 'HEAD:main');
    return id;
  };
  git('init', '-q', '-b', 'main');
  const url = `${server.url}/acme/data.git`;
  git('remote', 'add', 'origin', url);
  push({ '.gitignore': 'node_modules\n.tributary\n*.gen.ts\n' });
  return {
    server,
    url,
    origin,
    git,
    commit,
    push,
    command: (...args) => on.command(args, { env: { TRIBUTARY_CODE_DIR: join(folder, 'store') } }).ended,
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
