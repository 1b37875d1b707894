import { relative } from 'node:path';

import { messageOf, placedMessage } from '@tributary/contract/error';
import { framesOf } from '@tributary/flow/deploy';

import { brokenIntegration } from './broken-integration.ts';
import type { Loaded } from './loaded.ts';

/** An unhandled error, for example of a promise that a deployments.ts doesn't await. `file` is null if the place that threw it is unknown. */
interface StrayError {
  readonly file: string | null;
  readonly line: number | null;
  readonly message: string;
}

export interface Strays {
  /** Returns the errors so far. Later errors are announced. */
  take(): readonly StrayError[];
  /** stops collecting: unhandled errors end the process again */
  stop(): void;
}

/**
 * Collects unhandled errors, and turns a `process.exit()` in `ints/` into an error. Otherwise either of them would end the process, and with it
 * the deploy of every integration.
 * @param announce gets errors that belong to no integration, and errors that come after `take`
 */
export function collectStrays(root: string, announce: (line: string) => void): Strays {
  const strays: StrayError[] = [];
  let taken = false;
  const collect = (thrown: unknown): void => {
    const stray = locate(thrown, root);
    if (taken || stray.file === null) announce(placedMessage(stray));
    else strays.push(stray);
  };
  const restoreExit = refuseExit(root);
  process.on('unhandledRejection', collect).on('uncaughtException', collect);
  return {
    take() {
      taken = true;
      return strays;
    },
    stop: () => {
      restoreExit();
      process.off('unhandledRejection', collect).off('uncaughtException', collect);
    },
  };
}

/** Lets `process.exit()` throw if a file in `ints/` calls it. @returns a function that restores Node's own */
function refuseExit(root: string): () => void {
  const { exit } = process;
  let stopped = false;
  const guarded: typeof exit = (code) => {
    const refused = new Error(`process.exit(${code ?? ''}) would end the command for all integrations`);
    if (!stopped && locate(refused, root).file !== null) throw refused;
    return exit.call(process, code);
  };
  process.exit = guarded;
  return () => {
    stopped = true;
    if (process.exit === guarded) process.exit = exit;
  };
}

function locate(thrown: unknown, root: string): StrayError {
  for (const frame of framesOf(thrown instanceof Error ? (thrown.stack ?? '') : '')) {
    const file = relative(root, frame.file);
    if (file.startsWith('ints/')) return { file, line: frame.line, message: `This file left an unhandled error: ${messageOf(thrown)}` };
  }
  return { file: null, line: null, message: `Imported code left an unhandled error: ${messageOf(thrown)}` };
}

/** Marks integrations with unhandled errors as broken, as if their deployments.ts had thrown them. */
export function blameStrays(loaded: readonly Loaded[], strays: readonly StrayError[]): Loaded[] {
  return loaded.map((one) => {
    const stray = strays.find(({ file }) => file?.startsWith(`${one.project.root}/`));
    if (!stray || one.error) return one;
    return { ...one, deployments: [], error: brokenIntegration(one.project, stray) };
  });
}
