import { readFile } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';

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
  const where = `${relative(root, place.file)}${place.line ? `:${place.line}` : ''}`;
  if (isTributaryError(error)) return new TributaryError(error.code, `${where}: ${error.message}`, { cause: error, facts: error.facts });
  const kind =
    error instanceof SyntaxError ? 'has an error' : isMissing(error) ? 'imports a missing module' : 'threw while it was imported';
  return new TributaryError('invalid_entrypoint', `${where} ${kind}: ${messageOf(error).split('\n')[0]}`, { cause: error });
}

function isMissing(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}

/** Finds the import that failed, by the error's message: `Cannot find module '/x/nowhere.ts' imported from /x/a.ts`. */
async function missingPlace(error: unknown): Promise<Place | undefined> {
  if (!isMissing(error)) return undefined;
  const [, wanted = '', file] = /Cannot find \w+ '(.+?)' imported from (.+)$/m.exec(error.message) ?? [];
  if (!file) return undefined;
  const name = wanted.startsWith(sep) ? wanted.slice(wanted.lastIndexOf(sep) + 1) : wanted;
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const index = lines.findIndex((line) => line.includes(name) && /['"]/.test(line));
  return index < 0 ? { file } : { file, line: index + 1 };
}

/** Reads the first line of the stack, which names the place of a syntax error or a missing export. */
function headPlace(error: unknown): Place | undefined {
  const match = error instanceof Error ? /^(file:\/\/\S+):(\d+)$/m.exec(error.stack?.split('\n', 1)[0] ?? '') : undefined;
  return match?.[1] ? { file: fileURLToPath(match[1]), line: Number(match[2]) } : undefined;
}

/** Finds the innermost call in the first folder or, if there is none, in the next folder. */
function framePlace(error: unknown, folders: readonly string[]): Place | undefined {
  if (!(error instanceof Error)) return undefined;
  const frames = [...(error.stack ?? '').matchAll(/(file:\/\/[^\s()]+?):(\d+):\d+/g)].map(([, url = '', line]) => ({
    file: fileURLToPath(url),
    line: Number(line),
  }));
  for (const folder of folders) {
    const found = frames.find(({ file }) => file.startsWith(`${folder}${sep}`) && !file.includes(`${sep}node_modules${sep}`));
    if (found) return found;
  }
  return undefined;
}
