import { readFile } from 'node:fs/promises';
import { basename, dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isTributaryError, messageOf, type TributaryError } from '@tributary/contract/error';

import { framesOf } from '../run/frames.ts';
import { placedError } from './place.ts';

interface Place {
  readonly file: string;
  readonly line?: number;
}

/**
 * Explains a failed import.
 * @param entry the file that was imported
 * @param root the workspace
 * @returns an error whose message begins with the file and line that caused it, relative to the root
 */
export async function explainImport(error: unknown, entry: string, root: string): Promise<TributaryError> {
  const place = (await missingPlace(error)) ?? headPlace(error) ?? framePlace(error, [dirname(entry), root]) ?? { file: entry };
  const at = { file: relative(root, place.file), line: place.line ?? null };
  if (isTributaryError(error)) return placedError(error.code, { ...at, message: error.message }, { cause: error, facts: error.facts });
  const missing = isMissing(error) ? /^Cannot find package '([^/'][^']*)' imported/.exec(error.message)?.[1] : undefined;
  if (missing !== undefined) return placedError('invalid_entrypoint', { ...at, message: notInstalled(missing) }, { cause: error });
  const kind =
    error instanceof SyntaxError ? 'has an error' : isMissing(error) ? 'imports a missing module' : 'threw while it was imported';
  return placedError('invalid_entrypoint', { ...at, message: `This file ${kind}: ${messageOf(error).split('\n')[0]}` }, { cause: error });
}

function notInstalled(name: string): string {
  return `This file imports "${name}", which isn't installed. Run \`npm i -w ints ${name}\`, or \`npm install\` if ints/package.json lists it already.`;
}

function isMissing(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}

/**
 * Finds the import that failed, by the error's message: `Cannot find module '/x/nowhere.ts' imported from /x/a.ts`, `Directory import '/x/flows'
 * is not supported resolving ES modules imported from /x/a.ts`, `Package subpath './x' is not defined by "exports" in … imported from …`.
 */
async function missingPlace(error: unknown): Promise<Place | undefined> {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  const [, wanted = '', file] = /^[^'"]*['"](.+?)\/?['"].* imported from (.+)$/m.exec(error.message) ?? [];
  if (!file) return undefined;
  const name = wanted.startsWith('./') || wanted.startsWith(sep) ? basename(wanted) : wanted;
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const whole = new RegExp(`${RegExp.escape(name)}/?['"]`);
  // The file may import a part of a package that is missing as a whole.
  const found = lines.find((line) => whole.test(line)) ?? lines.find((line) => line.includes(name) && /['"]/.test(line));
  return found === undefined ? { file } : { file, line: lines.indexOf(found) + 1 };
}

/** Reads the first line of the stack, which names the place of a syntax error or a missing export. */
function headPlace(error: unknown): Place | undefined {
  const match = error instanceof Error ? /^(file:\/\/\S+):(\d+)$/m.exec(error.stack?.split('\n', 1)[0] ?? '') : undefined;
  return match?.[1] ? { file: fileURLToPath(match[1]), line: Number(match[2]) } : undefined;
}

/** Finds the innermost call in the first folder or, if there is none, in the next folder. */
function framePlace(error: unknown, folders: readonly string[]): Place | undefined {
  if (!(error instanceof Error)) return undefined;
  const frames = framesOf(error.stack ?? '').filter(({ of }) => of !== 'installed');
  for (const folder of folders) {
    const found = frames.find(({ file }) => file.startsWith(`${folder}${sep}`));
    if (found) return found;
  }
  return undefined;
}
