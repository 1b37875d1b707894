import { text } from 'node:stream/consumers';

import type { Call } from '../command/call.ts';

/** Reads all of standard input as text. */
export function readStandardInput({ process }: Call): Promise<string> {
  return text(process.stdin);
}
