import { TributaryError } from '@tributary/contract/error';
import { execa } from 'execa';

import type { Lock } from '../hold/acquire.ts';
import { type Answer, readTrace } from './read-trace.ts';

export interface GitOptions {
  /** the bare repository */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** the lock of the repository */
  readonly lock: Lock;
  /** ends git and its helpers within a second */
  readonly signal: AbortSignal;
}

export interface GitResult {
  readonly ok: boolean;
  readonly output: string;
  /** what git printed on standard error */
  readonly printed: string;
  readonly answer: Answer | undefined;
}

/**
 * Runs git on a bare repository, in a process group of its own: git's helpers for http would outlive git.
 * @throws the signal's reason once it is aborted; `crashed` if git isn't installed
 */
export async function git(args: readonly string[], { folder, env, lock, signal }: GitOptions): Promise<GitResult> {
  signal.throwIfAborted();
  // It is recorded before it starts: a git that nobody knows of would write into the repository beside the next one.
  lock.record({ text: `--git-dir=${folder}` });
  const child = execa('git', [`--git-dir=${folder}`, ...args], {
    cwd: folder,
    // File descriptor 3 gets the heads of requests and answers. They are read and dropped, since they may have the token.
    env: { ...env, GIT_TRACE_CURL: '3', GIT_TRACE_CURL_NO_DATA: '1' },
    extendEnv: false,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    cancelSignal: signal,
    killDescendants: true,
    forceKillAfterDelay: 300,
    stripFinalNewline: false,
    reject: false,
  });
  const { failed, exitCode, stdout, stderr, stdio, code } = await child;
  signal.throwIfAborted();
  if (code === 'ENOENT')
    throw new TributaryError('crashed', "git isn't installed on the worker's machine, or isn't on its PATH. Install git 2.31 or newer.");
  return { ok: !failed && exitCode === 0, output: stdout, printed: stderr, answer: readTrace(String(stdio[3] ?? '')) };
}
