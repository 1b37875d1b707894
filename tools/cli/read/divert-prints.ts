import { Writable } from 'node:stream';

import type { OutStream } from '../print/out.ts';

interface Diverted {
  /** for the command's own output */
  readonly stdout: OutStream;
  /** waits until the command's own output is written, and ends the diversion */
  restore(): Promise<void>;
}

/**
 * Sends what imported user code prints to standard error, so that a program that reads standard output gets only what the command prints. Does
 * nothing if `stdout` isn't the process's own standard output, as in tests.
 * @param isForPrograms whether programs read the output; for people, nothing is diverted
 */
export function divertPrints(stdout: OutStream, isForPrograms: boolean): Diverted {
  if (!isForPrograms || stdout !== process.stdout) return { stdout, restore: async () => undefined };
  const { write } = process.stdout;
  const own = new Writable({
    decodeStrings: false,
    write: (chunk: string, encoding, done) => void write.call(process.stdout, chunk, encoding, done),
  });
  // The process's standard output has the same error, and main.ts handles it.
  own.on('error', () => undefined);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  return {
    stdout: own,
    restore: async () => {
      await new Promise<void>((resolve) => {
        own.end(resolve);
      });
      process.stdout.write = write;
    },
  };
}
