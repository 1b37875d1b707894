import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';

import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { init, parse } from 'es-module-lexer';

/** Where a deployment is defined: an absolute path, and the name under which it is exported, or null if the name is unknown. */
export interface Source {
  readonly file: string;
  readonly exportName: string | null;
}

/** Adds the file and line of a deployment's export to an error: `ints/x/deployments.ts:3: …`. */
export async function withPlace(error: unknown, source: Source, root: string): Promise<unknown> {
  if (!isTributaryError(error)) return error;
  const { code, facts, message } = error;
  return new TributaryError(code, `${await placeOf(source, root)}: ${message}`, { cause: error, facts });
}

async function placeOf({ file, exportName }: Source, root: string): Promise<string> {
  const near = relative(root, file);
  const text = await readFile(file, 'utf8').catch(() => '');
  await init();
  const [, exports] = parse(text, file);
  const found = exports.find((one) => one.type !== 'reexport-all' && one.name === exportName);
  return found ? `${near}:${text.slice(0, found.start).split('\n').length}` : near;
}
