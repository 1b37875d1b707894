import { writeJson } from '@tributary/contract/json';

import { type Paint, paintFor } from './paint.ts';
import { printable } from './text.ts';

/** The command's output: results to standard output, notes to standard error. With --json, standard output is only JSON. */
export interface Out {
  readonly paint: Paint;
  readonly terminal: boolean;
  /** the width of the terminal in characters; 100 if the output isn't a terminal */
  readonly width: number;
  /** prints a result: the value with --json, otherwise the text */
  readonly result: (value: unknown, text: () => string) => void;
  /** prints a line of progress, with --json to standard error */
  readonly line: (text: string) => void;
  /** prints a JSON value on its own line, for commands that print several with --json */
  readonly jsonLine: (value: unknown) => void;
  /** prints a note about the call itself, always to standard error. It may name what a server or a commit has */
  readonly note: (text: string) => void;
}

/** A stream that a command prints to. */
export type OutStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export function createOut(options: { readonly json: boolean; readonly stdout: OutStream; readonly stderr: OutStream }): Out {
  const { json, stdout, stderr } = options;
  const people = json ? stderr : stdout;
  const paint = paintFor(people);
  const noted = paintFor(stderr);
  return {
    paint,
    terminal: people.isTTY === true,
    width: people.columns ?? 100,
    result: (value, text) => stdout.write(`${json ? writeJson(value, 2) : text()}\n`),
    line: (text) => people.write(`${text}\n`),
    jsonLine: (value) => stdout.write(`${writeJson(value)}\n`),
    note: (text) => stderr.write(`${noted('dim', printable(text))}\n`),
  };
}
