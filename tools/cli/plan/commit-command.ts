import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';

import { messageOf, TributaryError } from '@tributary/contract/error';
import type { Verb } from '@tributary/plan';

import type { CommandProcess } from '../command/command-process.ts';

/** The command of a commit's own framework. */
export interface CommitCommand {
  readonly file: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Reads which options a verb of the command has. */
export async function readHelp(command: CommitCommand, verb: Verb): Promise<string> {
  const child = start(command, [verb, '--help'], 'pipe');
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => void (printed += chunk));
  const code = await ended(child);
  if (code === 0) return printed;
  throw new TributaryError('crashed', `The framework of the commit can't start: ${printed.trim().split('\n').slice(-12).join('\n')}`);
}

/** Runs the command to its end. What it prints is printed here. @returns its exit code */
export async function runCommand(command: CommitCommand, args: readonly string[], { stdout, stderr }: CommandProcess): Promise<number> {
  // A terminal keeps its colours.
  const isOwn = stdout === process.stdout && stderr === process.stderr;
  const child = start(command, args, isOwn ? 'inherit' : 'pipe');
  child.stdout?.pipe(stdout, { end: false });
  child.stderr?.pipe(stderr, { end: false });
  return ended(child);
}

/** Imported before the commit's code, which may be from a time when no process watched its parent. */
const endWithParent = import.meta.resolve('./end-with-parent.ts');

function start({ file, cwd, env }: CommitCommand, args: readonly string[], output: 'pipe' | 'inherit'): ChildProcess {
  const all = ['--import', endWithParent, file, ...args];
  // The kernel closes the channel when this process ends. Nothing is sent over it.
  return spawn(process.execPath, all, { cwd, env, stdio: ['ignore', output, output, 'ipc'] });
}

/** Waits until a process has ended. Signals are passed on, so that its clone is removed after it. */
function ended(child: ChildProcess): Promise<number> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of signals) process.on(signal, passOn);
  return new Promise<number>((resolve, reject) => {
    child.once('error', (error) =>
      reject(new TributaryError('crashed', `The command of the commit can't be started: ${messageOf(error)}`, { cause: error })),
    );
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  }).finally(() => {
    for (const signal of signals) process.off(signal, passOn);
  });
}
