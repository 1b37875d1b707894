import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Files by path. An object is written as JSON. */
export type Files = Readonly<Record<string, string | object>>;

/** A git repository in a temporary folder. */
export interface Repository {
  readonly root: string;
  write(files: Files): Promise<void>;
  /** @returns what git printed */
  git(...args: readonly string[]): Promise<string>;
  /** commits everything @returns the commit */
  commit(): Promise<string>;
  /** takes back all changes since the last commit */
  restore(): Promise<void>;
  remove(): Promise<void>;
}

const run = promisify(execFile);
/** git waits for the disk at each object by default. */
const settings = [
  '-c',
  'core.fsync=none',
  '-c',
  'gc.auto=0',
  '-c',
  'user.name=Test',
  '-c',
  'user.email=test@example.com',
  '-c',
  'protocol.file.allow=always',
];

/** Makes a folder with files. It is a git repository after the first commit. */
export async function createRepository(files: Files): Promise<Repository> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'tributary-code-')));
  const git = async (...args: readonly string[]): Promise<string> => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
    return (await run('git', [...settings, ...args], { cwd: root, env: { ...env, GIT_CONFIG_NOSYSTEM: '1' } })).stdout.trim();
  };
  const repository: Repository = {
    root,
    git,
    write: async (more) => {
      const folders = new Set(Object.keys(more).map((path) => dirname(join(root, path))));
      await Promise.all([...folders].map((folder) => mkdir(folder, { recursive: true })));
      // Thousands of small files are written several times as fast this way.
      for (const [path, content] of Object.entries(more))
        writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    },
    commit: async () => {
      await git('init', '-q');
      await git('add', '-A');
      await git('commit', '-q', '--allow-empty', '-m', 'Change');
      return git('rev-parse', 'HEAD');
    },
    restore: async () => {
      await git('reset', '-q', '--hard');
      await git('clean', '-q', '-ffdx');
    },
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
  await repository.write(files);
  return repository;
}
