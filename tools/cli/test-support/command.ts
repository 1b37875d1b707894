import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';

import type { CommandProcess } from '../command/command-process.ts';
import { runCommand } from '../main.ts';
import { collectPrinted } from './printed.ts';

const bin = join(import.meta.dirname, '..', 'bin.mjs');

// Node colours text by the real environment. The test runner sets this variable on a terminal.
delete process.env['FORCE_COLOR'];

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs in the test's process. */
export interface Called {
  readonly ended: Promise<Ended>;
  /** what the command has printed so far, on both streams */
  output(): string;
  /** resolves when the output has a match */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/** A command that runs in a process of its own. */
export interface Running extends Called {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
}

export interface CallOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The options of a command that runs in the test's process. */
export interface InProcessOptions extends CallOptions {
  /** the width of a terminal without colours; without it the output isn't a terminal */
  readonly columns?: number;
}

export interface CommandOptions extends CallOptions {
  /** the Node that starts the command @default the Node of this process */
  readonly node?: string;
  /** how long to wait before reading the output, in milliseconds */
  readonly pauseOutput?: number;
  /** whether nothing reads the standard output @default false */
  readonly unread?: boolean;
}

/** The environment of a command. It has no variable that chooses an engine, unless `env` sets one. */
function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(PREFECT_|TRIBUTARY_|VITEST|CI$|NODE_OPTIONS$|NO_COLOR$|FORCE_COLOR$)/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...env };
}

/** Runs a command in this process, which takes a fiftieth of the time that a new process takes. */
export function callCommand(args: readonly string[], { cwd, env = {}, input = '', columns }: InProcessOptions): Called {
  const printed = collectPrinted();
  const print = (stream: 'stdout' | 'stderr') =>
    new Writable({
      decodeStrings: false,
      write(text: unknown, _, done) {
        printed.add(stream, String(text));
        done();
      },
    });
  const its: CommandProcess = {
    cwd: () => cwd,
    env: environment(env),
    stdin: Readable.from(input === '' ? [] : [input]),
    stdout: Object.assign(print('stdout'), columns === undefined ? {} : { isTTY: true, columns, getColorDepth: () => 1 }),
    stderr: print('stderr'),
    exitCode: 0,
  };
  const ended = runCommand(args, its).then(() => ({ code: Number(its.exitCode), stdout: printed.stdout, stderr: printed.stderr }));
  return { ended, output: printed.output, printed: (pattern) => printed.match(pattern, ended) };
}

/** Starts the real command in a process of its own. */
export function startCommand(args: readonly string[], options: CommandOptions): Running {
  const { cwd, env = {}, input = '', node = process.execPath, pauseOutput, unread = false } = options;
  const child = spawn(node, [bin, ...args], { cwd, env: environment(env), stdio: 'pipe' });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const printed = collectPrinted();
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (chunk: string) => printed.add(stream, chunk));
  if (unread) child.stdout.destroy();
  if (pauseOutput !== undefined) {
    child.stdout.pause();
    setTimeout(() => child.stdout.resume(), pauseOutput);
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: printed.stdout, stderr: printed.stderr }));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    output: printed.output,
    printed: (pattern) => printed.match(pattern, ended),
    kill: (signal) => void child.kill(signal),
  };
}
