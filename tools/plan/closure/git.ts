import { spawn, spawnSync } from 'node:child_process';

type Answer = { readonly ok: true; readonly output: Buffer } | { readonly ok: false; readonly reason: string };

/** With these options and variables git only reads: no locks, no monitor of files, no fetches of what a partial clone lacks. */
const quietly = ['-c', 'core.fsmonitor=false', '-c', 'core.untrackedCache=false'];

/** git sets these variables for its hooks, and a hook may start this process. They may name another repository, work tree or index. */
const inherited = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_INDEX_FILE',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
]);

function environment(): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.has(name)));
  return { ...own, GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1', LC_ALL: 'C' };
}

/**
 * Runs git in a folder.
 * @param input what git reads on standard input
 * @returns what git printed, or in one line why it failed
 */
export async function git(folder: string, args: readonly string[], input = ''): Promise<Answer> {
  const child = spawn('git', [...quietly, ...args], { cwd: folder, env: environment() });
  const printed: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  // git may fail before it reads its input. Its standard error then has the reason.
  child.stdin.on('error', () => undefined).end(input);
  return new Promise((settle) => {
    child.once('error', (error: NodeJS.ErrnoException) => settle({ ok: false, reason: whyNotStarted(error) }));
    child.once('close', (code) => settle(code === 0 ? { ok: true, output: Buffer.concat(printed) } : failed(Buffer.concat(errors))));
  });
}

/** Runs git in a folder, and blocks the process until git ends. Only for what is rarely needed. */
export function gitNow(folder: string, args: readonly string[]): Answer {
  const { status, stdout, stderr, error } = spawnSync('git', [...quietly, ...args], {
    cwd: folder,
    env: environment(),
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (error) return { ok: false, reason: whyNotStarted(error) };
  return status === 0 ? { ok: true, output: stdout } : failed(stderr);
}

function failed(errors: Buffer): Answer {
  return { ok: false, reason: `git says: ${errors.toString().trim().split('\n')[0]}` };
}

function whyNotStarted(error: NodeJS.ErrnoException): string {
  return error.code === 'ENOENT' ? "git isn't installed" : `git doesn't start: ${error.message}`;
}

/** Reads the commit that a folder's work tree is at. Resolves to undefined without git, a repository or a commit. */
export async function readHead(folder: string): Promise<string | undefined> {
  const head = await git(folder, ['rev-parse', 'HEAD']);
  return head.ok ? head.output.toString().trim() : undefined;
}

/** Splits what git prints with `-z`. */
export function records(output: Buffer): string[] {
  return output.toString().split('\0').slice(0, -1);
}
