import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { messageOf } from '@tributary/contract/error';

import type { Loaded } from './load-projects.ts';

/** An unhandled error, for example of a promise that a deployments.ts doesn't await. `file` is where it was thrown, if that is known. */
interface StrayError {
  readonly file: string | undefined;
  readonly message: string;
}

export interface Strays {
  /** Returns the errors so far. Later errors are announced. */
  take(): readonly StrayError[];
  /** stops collecting: unhandled errors end the process again */
  stop(): void;
}

/**
 * Collects unhandled errors. Otherwise one of them would end the process, and with it the deploy of every integration.
 * @param announce gets errors that belong to no integration, and errors that come after `take`
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
    if (file.startsWith('ints/')) return { file, message: `${file}:${line} left an unhandled error: ${messageOf(thrown)}` };
  }
  return { file: undefined, message: `Imported code left an unhandled error: ${messageOf(thrown)}` };
}

/** Marks integrations with unhandled errors as broken, as if their deployments.ts had thrown them. */
export function blameStrays(loaded: readonly Loaded[], strays: readonly StrayError[]): Loaded[] {
  return loaded.map((one) => {
    const stray = strays.find(({ file }) => file?.startsWith(`${one.project.root}/`));
    return stray && one.error === undefined ? { ...one, deployments: [], error: stray.message } : one;
  });
}
