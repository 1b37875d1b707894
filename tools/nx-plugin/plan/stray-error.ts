import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { messageOf } from '@tributary/contract/error';

import type { Loaded } from './load.ts';

/** An error that nobody waited for, such as a promise that a deployments.ts left alone, and where it arose if that can be told. */
interface StrayError {
  readonly file: string | undefined;
  readonly message: string;
}

export interface Strays {
  /** What has come so far; from now on they are announced. */
  take(): readonly StrayError[];
  /** lets them end the process again */
  stop(): void;
}

/**
 * Keeps errors that nobody waited for from ending the process, and with it everybody's deploy.
 * @param announce takes those that can't be blamed on an integration, or come too late
 */
export function collectStrays(root: string, announce: (line: string) => void): Strays {
  const strays: StrayError[] = [];
  let taken = false;
  const collect = (thrown: unknown): void => {
    const stray = locate(thrown, root);
    if (taken || stray.file === undefined) announce(stray.message);
    else strays.push(stray);
  };
  process.on('unhandledRejection', collect).on('uncaughtException', collect);
  return {
    take() {
      taken = true;
      return strays;
    },
    stop: () => void process.off('unhandledRejection', collect).off('uncaughtException', collect),
  };
}

function locate(thrown: unknown, root: string): StrayError {
  const frames = thrown instanceof Error ? [...(thrown.stack ?? '').matchAll(/(file:\/\/[^\s()]+?):(\d+):\d+/g)] : [];
  for (const [, url = '', line] of frames) {
    const file = relative(root, fileURLToPath(url));
    if (file.startsWith('ints/')) return { file, message: `${file}:${line} left an error that nobody handles: ${messageOf(thrown)}` };
  }
  return { file: undefined, message: `Imported code left an error that nobody handles: ${messageOf(thrown)}` };
}

/** An integration that left such an error is broken like one that threw it. */
export function blameStrays(loaded: readonly Loaded[], strays: readonly StrayError[]): Loaded[] {
  return loaded.map((one) => {
    const stray = strays.find(({ file }) => file?.startsWith(`${one.project.root}/`));
    return stray && one.error === undefined ? { ...one, deployments: [], error: stray.message } : one;
  });
}
