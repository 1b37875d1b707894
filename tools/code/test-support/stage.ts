import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import type { Code } from '../code.ts';
import { removeFolder } from '../hold/remove-folder.ts';
import { openStore, type Store, type StoreOptions } from '../store.ts';
import { type GitServer, startGitServer } from './git-server.ts';

export const token = 'github_pat_11SECRET';

/** Files by path. An object is written as JSON. */
type Files = Readonly<Record<string, string | object>>;

const run = promisify(execFile);

/** A store, and a server with one repository. All of it is closed and removed after the test. */
export interface Stage {
  /** a temporary folder */
  readonly folder: string;
  readonly server: GitServer;
  readonly url: string;
  /** the store's folder */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** the lines that the store logged */
  readonly lines: string[];
  readonly tell: (line: string) => void;
  /** writes files, and commits everything in the server's repository @param links symbolic links by path @returns the commit */
  push(files: Files, links?: Readonly<Record<string, string>>): Promise<string>;
  /** runs git in the server's repository */
  git(...args: readonly string[]): Promise<string>;
  open(options?: Partial<StoreOptions>): Store;
  code(commit: string, ...directories: readonly string[]): Code;
}

const settings = ['-c', 'core.fsync=none', '-c', 'gc.auto=0', '-c', 'user.name=Test', '-c', 'user.email=test@example.com'];

/** @param open lets everybody read the repository */
export async function openStage(onTestFinished: (end: () => Promise<void>) => void, open = false): Promise<Stage> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-store-')));
  const origin = join(folder, 'origin', 'acme', 'data.git');
  const files = join(folder, 'files');
  const dir = join(folder, 'store');
  for (const path of [files, join(origin, 'objects'), join(origin, 'refs')]) mkdirSync(path, { recursive: true });
  const env = { PATH: process.env['PATH'], HOME: folder, npm_config_cache: join(folder, 'npm-cache') };
  const all = { ...env, GIT_CONFIG_NOSYSTEM: '1', GIT_DIR: origin, GIT_WORK_TREE: files };
  const git = async (...args: readonly string[]): Promise<string> =>
    (await run('git', [...settings, ...args], { cwd: files, env: all })).stdout.trim();
  writeFileSync(join(origin, 'config'), '[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n');
  writeFileSync(join(origin, 'HEAD'), 'ref: refs/heads/main\n');
  const server = await startGitServer(join(folder, 'origin'), open ? undefined : token);
  onTestFinished(async () => {
    await server.close();
    await removeFolder(folder);
  });
  const lines: string[] = [];
  const url = `${server.url}/acme/data.git`;
  return {
    folder,
    server,
    url,
    dir,
    env,
    lines,
    tell: (line) => void lines.push(line),
    git,
    async push(changed, links = {}) {
      for (const [path, content] of Object.entries(changed)) {
        mkdirSync(dirname(join(files, path)), { recursive: true });
        writeFileSync(join(files, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
      }
      for (const [path, target] of Object.entries(links)) {
        mkdirSync(dirname(join(files, path)), { recursive: true });
        rmSync(join(files, path), { force: true });
        symlinkSync(target, join(files, path));
      }
      await git('add', '-A');
      await git('commit', '-q', '--allow-empty', '-m', 'Change');
      return readFileSync(join(origin, 'refs', 'heads', 'main'), 'utf8').trim();
    },
    open: (options = {}) => openStore({ dir, env, patience: 0, ...options }),
    code: (commit, ...directories) => ({ repository: url, commit, directories }),
  };
}
