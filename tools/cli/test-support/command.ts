import { spawn } from 'node:child_process';
import { join } from 'node:path';

const bin = join(import.meta.dirname, '..', 'bin.mjs');
/** All tests share this compile cache. Otherwise each test would compile everything for its own home folder. */
const compileCache = join(import.meta.dirname, '..', '..', '..', '.tributary', 'compile-cache');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** what the command has printed so far, on both streams */
  output(): string;
  /** resolves when the output has a match */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** the Node that starts the command @default the Node of this process */
  readonly node?: string;
  /** how long to wait before reading the output, in milliseconds */
  readonly pauseOutput?: number;
}

/** Starts the real command. Its environment has no variable that chooses an engine, unless `env` sets one. */
export function startCommand(args: readonly string[], options: CommandOptions): Running {
  const { cwd, env = {}, input = '', node = process.execPath, pauseOutput } = options;
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(PREFECT_|TRIBUTARY_|VITEST|NODE_OPTIONS$|NO_COLOR$|FORCE_COLOR$)/.test(name),
  );
  const child = spawn(node, [bin, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: 'pipe',
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const text = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk;
      for (const listener of listeners) listener();
    });
  if (pauseOutput !== undefined) {
    child.stdout.pause();
    setTimeout(() => child.stdout.resume(), pauseOutput);
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...text }));
  });
  const output = (): string => text.stdout + text.stderr;
  return {
    pid: child.pid ?? 0,
    ended,
    output,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(output());
          if (match) resolve(match);
        };
        listeners.add(look);
        look();
        const over = (): void => reject(new Error(`The command ended without printing ${pattern}:\n${output()}`));
        void ended.then(over, over);
      }),
    kill: (signal) => void child.kill(signal),
  };
}
