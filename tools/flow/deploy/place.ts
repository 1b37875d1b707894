import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';

import { type ErrorCode, type ErrorFacts, type Fault, isTributaryError, placedMessage, TributaryError } from '@tributary/contract/error';
import { init, parse } from 'es-module-lexer';

/** Where a deployment is defined: an absolute path, and the name under which it is exported, or null if the name is unknown. */
export interface Source {
  readonly file: string;
  readonly exportName: string | null;
}

/** Makes an error whose message begins with its place: `ints/x/deployments.ts:3: …`. */
export function placedError<Code extends ErrorCode>(
  code: Code,
  fault: Fault,
  options: { readonly cause?: unknown; readonly facts?: ErrorFacts<Code> } = {},
): TributaryError<Code> {
  return new TributaryError(code, placedMessage(fault), { ...options, facts: { ...options.facts, fault } });
}

/** Adds the file and line of a deployment's export to an error. */
export async function withPlace(error: unknown, source: Source, root: string): Promise<unknown> {
  if (!isTributaryError(error)) return error;
  const { code, facts, message } = error;
  return placedError(code, { file: relative(root, source.file), line: await lineOf(source), message }, { cause: error, facts });
}

/** Finds the line of a deployment's export. @returns null if the name is unknown or isn't exported there */
export async function lineOf({ file, exportName }: Source): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  await init();
  const [, exports] = parse(text, file);
  const found = exports.find((one) => one.type !== 'reexport-all' && one.name === exportName);
  return found ? text.slice(0, found.start).split('\n').length : null;
}
