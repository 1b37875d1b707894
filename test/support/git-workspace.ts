import { gitIn } from './git.ts';
import { createRemote, type Remote } from './remote.ts';
import type { Installation } from './installation.ts';
import type { Running } from './process.ts';

/** A workspace whose repository stands on a real git server. */
export interface GitWorkspace {
  readonly remote: Remote;
  /** runs git in the workspace @returns what git printed */
  git(...args: readonly string[]): string;
  /** writes files and commits everything @returns the commit */
  commit(files?: Readonly<Record<string, string>>): string;
  /** commits and pushes @returns the commit */
  push(files?: Readonly<Record<string, string>>): string;
  /** runs the `tributary` command with a code store of its own */
  command(...args: readonly string[]): Running;
  close(): Promise<void>;
}

/**
 * Makes the workspace of an installation a git repository, and pushes its files to a server.
 * @param token what the server asks for; without one, everybody may read
 */
export async function pushWorkspace(on: Installation, token?: string): Promise<GitWorkspace> {
  const { workspace } = on;
  const remote = await createRemote(token);
  const git = (...args: readonly string[]) => gitIn(workspace.root, ...args);
  const commit = (files: Readonly<Record<string, string>> = {}): string => {
    for (const [path, text] of Object.entries(files)) workspace.write(path, text);
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', 'Change');
    return git('rev-parse', 'HEAD');
  };
  const push = (files: Readonly<Record<string, string>> = {}): string => {
    const id = commit(files);
    git('push', '-q', remote.folder, 'HEAD:main');
    return id;
  };
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', remote.url);
  push({ '.gitignore': 'node_modules\n.tributary\n*.gen.ts\n' });
  return {
    remote,
    git,
    commit,
    push,
    command: (...args) => on.command(args, { env: { TRIBUTARY_CODE_DIR: remote.store } }),
    close: () => remote.close(),
  };
}
