import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { repository } from './workspace.ts';

/** The environment of all processes that the demo, the tests and the bench start. It leaves out the settings of the caller's shell. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(PREFECT_|TRIBUTARY_|DBT_|NX_|VITEST|CI$|NODE_OPTIONS$|FORCE_COLOR$)/.test(name),
  );
  // nx starts `node` by name. The path must lead to the Node of this process.
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  return {
    ...Object.fromEntries(kept),
    PATH: path,
    NX_DAEMON: 'false',
    NX_ISOLATE_PLUGINS: 'false',
    NX_DEFAULT_OUTPUT_STYLE: 'static',
    ...extra,
  };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** what has been printed so far, on both streams */
  output(): string;
  /** resolves with the first match in the output; rejects if the process ends without one, or after the given milliseconds */
  printed(pattern: RegExp, timeout?: number): Promise<RegExpExecArray>;
  /** signals only the process; SIGKILL simulates a crash */
  kill(signal: NodeJS.Signals): void;
  /** sends SIGTERM to the process and, if it is still alive after ten seconds, SIGKILL to its group */
  stop(): Promise<Ended>;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** true keeps the program's standard input open until this process ends */
  readonly holdInput?: boolean;
  readonly onLine?: (line: string) => void;
}

/** Starts a program in its own process group. */
export function start(command: string, args: readonly string[], options: StartOptions = {}): Running {
  const child = spawn(command, args, {
    cwd: options.cwd ?? repository,
    env: cleanEnvironment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  if (!options.holdInput) child.stdin.end(options.input ?? '');
  const text = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  let partial = '';
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk;
      if (options.onLine) {
        const lines = (partial + chunk).split('\n');
        partial = lines.pop() ?? '';
        for (const line of lines) options.onLine(line);
      }
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...text }));
  });
  ended.catch(() => undefined);
  const output = () => text.stdout + text.stderr;
  return {
    pid: child.pid ?? 0,
    ended,
    output,
    printed: (pattern, timeout = 30_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => settle(new Error(`Nothing like ${pattern} was printed within ${timeout} ms:\n${output()}`)),
          timeout,
        );
        const look = () => {
          const match = pattern.exec(output());
          if (match) settle(match);
        };
        function settle(result: RegExpExecArray | Error): void {
          clearTimeout(timer);
          listeners.delete(look);
          if (result instanceof Error) reject(result);
          else resolve(result);
        }
        listeners.add(look);
        look();
        void ended.then(() => settle(new Error(`The process ended before it printed ${pattern}:\n${output()}`)), settle);
      }),
    kill: (signal) => void child.kill(signal),
    stop: () => stop(child, ended),
  };
}

async function stop(child: ChildProcess, ended: Promise<Ended>): Promise<Ended> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => killGroup(child.pid), 10_000);
  const result = await ended;
  clearTimeout(timer);
  return result;
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch {
    // The process group has ended already.
  }
}

/** Runs the `tributary` command with the Node of this process. */
export function tributary(args: readonly string[], options: StartOptions = {}): Running {
  return start(process.execPath, [join(repository, 'tools', 'cli', 'bin.mjs'), ...args], options);
}

/** Runs nx in a workspace. */
export function nx(args: readonly string[], options: StartOptions = {}): Running {
  return start(join(repository, 'node_modules', '.bin', 'nx'), args, options);
}

/** The pids of all descendants of a process. */
export function descendants(pid: number): number[] {
  const pairs = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const childrenOf = (parent: number): number[] =>
    pairs.filter(([, ppid]) => ppid === parent).flatMap(([child = 0]) => [child, ...childrenOf(child)]);
  return childrenOf(pid);
}

/** True if a process is alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until these processes have ended, but not longer than the given seconds. @returns those that are still alive */
export async function survivors(pids: readonly number[], seconds: number): Promise<number[]> {
  for (const end = performance.now() + seconds * 1000; pids.some(isAlive) && performance.now() < end;) await sleep(50);
  return pids.filter(isAlive);
}
