import { execFile } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { TributaryError } from '@tributary/contract';

import { startGitServer } from '../../tools/code/test-support/git-server.ts';
import { cleanEnvironment, start } from '../support/process.ts';
import type { Stops } from '../support/stops.ts';
import { repository } from '../support/workspace.ts';
import { createOutsideFolder } from './outside-folder.ts';

/** A copy of this workspace as a user's clone, whose remote is a real Git server that asks for a token. */
export interface GitWorkspace {
  readonly root: string;
  /** the URL of the repository */
  readonly url: string;
  /** the token that the server asks for */
  readonly token: string;
  /** names the folder of the code store, which can't be in a workspace, for the worker and the clone's commands */
  readonly environment: Readonly<Record<string, string>>;
  /** replaces a text in a file @throws if the file doesn't have it */
  edit(path: string, from: string, to: string): void;
  /** runs a program in the clone @throws with its output if it fails */
  run(command: string, ...args: readonly string[]): Promise<string>;
  /** commits all files, and pushes the commit @returns the commit */
  push(message: string): Promise<string>;
}

const git = ['-c', 'user.name=Demo', '-c', 'user.email=demo@example.com', '-c', 'core.hooksPath=/dev/null'];

/**
 * Makes the clone and the server. Each demo begins with a new history.
 * @param home the demo's folder below this repository. It is removed first, as its server has deployments of the old history
 */
export async function createGitWorkspace(home: string, secret: string, stops: Stops): Promise<GitWorkspace> {
  const root = join(home, 'workspace');
  const origin = join(home, 'origin', 'acme', 'data.git');
  rmSync(home, { recursive: true, force: true });
  for (const path of [root, origin]) mkdirSync(path, { recursive: true });
  await copyFiles(root);
  linkPackages(root);
  const token = crypto.randomUUID();
  const server = await stops.add(startGitServer(join(home, 'origin'), token), (started) => started.close());
  const url = `${server.url}/acme/data.git`;
  const store = await createOutsideFolder(stops);
  const run = (command: string, ...args: readonly string[]) => runIn(root, command, args);
  await run('git', 'init', '-q', '--bare', '-b', 'main', origin);
  for (const setting of ['uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant'])
    await run('git', '--git-dir', origin, 'config', setting, 'true');
  await run('git', 'init', '-q', '-b', 'main');
  const edit = (path: string, from: string, to: string): void => {
    const text = readFileSync(join(root, path), 'utf8');
    if (!text.includes(from)) throw new TributaryError('internal', `${path} has no text ${JSON.stringify(from)} for the demo to change.`);
    writeFileSync(join(root, path), text.replace(from, to));
  };
  const tributary = { workspace: 'tributary/demo', storage: { repository: url, token: secret } };
  edit('nx.json', '{\n', `{\n  "tributary": ${JSON.stringify(tributary)},\n`);
  return {
    root,
    url,
    token,
    environment: { TRIBUTARY_CODE_DIR: store },
    edit,
    run,
    async push(message) {
      await run('git', 'add', '-A');
      await run('git', ...git, 'commit', '-q', '-m', message);
      await run('git', 'push', '-q', origin, 'main');
      return run('git', 'rev-parse', 'HEAD');
    },
  };
}

/** Copies the files that git knows, and those that it doesn't ignore. */
async function copyFiles(root: string): Promise<void> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await promisify(execFile)('git', list, { cwd: repository, env: cleanEnvironment(), maxBuffer: 2 ** 26 });
  for (const path of stdout.split('\0').filter(Boolean)) {
    const from = join(repository, path);
    if (lstatSync(from, { throwIfNoEntry: false })) cpSync(from, join(root, path), { recursive: true });
  }
}

/** Links the packages as `npm ci` would install them: the framework is the clone's own. */
function linkPackages(root: string): void {
  for (const inside of ['.', 'tools/flow']) {
    const installed = join(repository, inside, 'node_modules');
    const names = lstatSync(installed, { throwIfNoEntry: false }) ? readdirSync(installed) : [];
    for (const name of names) {
      const link = join(root, inside, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      // A copy of the folder keeps its links, which are relative.
      if (name === '@tributary' || name === 'ints') cpSync(join(installed, name), link, { recursive: true, verbatimSymlinks: true });
      else symlinkSync(join(installed, name), link);
    }
  }
}

async function runIn(cwd: string, command: string, args: readonly string[]): Promise<string> {
  const running = start(command, args, { cwd, env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } });
  const { code, stdout } = await running.ended;
  if (code !== 0) throw new TributaryError('internal', `${command} ${args.join(' ')} ended with exit code ${code}:\n${running.output()}`);
  return stdout.trim();
}
