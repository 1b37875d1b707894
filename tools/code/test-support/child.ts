import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

import { expect, vi } from 'vitest';

import { type Stage, token } from './stage.ts';

/** A process that took code, or is about to. */
export interface Child {
  readonly process: ChildProcess;
  output(): string;
  printed(text: string): Promise<void>;
  kill(): Promise<void>;
}

/**
 * Takes the folder ints/shop of a commit in another process, which keeps it.
 * @param openFiles how many files the process may have open @default as many as this one
 */
export function takeInChild(stage: Stage, commit: string, onTestFinished: (end: () => Promise<void>) => void, openFiles?: number): Child {
  const script = join(import.meta.dirname, 'take-in-child.ts');
  const line = [process.execPath, script, stage.dir, stage.url, commit, 'ints/shop'];
  const limited = `${openFiles === undefined ? '' : `ulimit -n ${openFiles}; `}exec "$0" "$@"`;
  const child = spawn('sh', ['-c', limited, ...line], { env: stage.env });
  child.stdin.end(token);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => void (output += chunk));
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const kill = (): Promise<void> => {
    child.kill('SIGKILL');
    return ended;
  };
  onTestFinished(kill);
  return {
    process: child,
    output: () => output,
    printed: async (text) => {
      await vi.waitFor(() => expect(output).toContain(text), { timeout: 50_000, interval: 20 });
    },
    kill,
  };
}
