import { readFile, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { init, parse } from 'es-module-lexer';

/** A module of the workspace, and which of its exports it only passes on from elsewhere. */
export interface SourceFile {
  readonly path: string;
  readonly reexports: ReadonlySet<string>;
}

const source = /\.[mc]?[jt]s$/;

/**
 * The files that a module reaches through static relative imports, itself last: each file comes after those that it imports, as they
 * are evaluated.
 */
export async function reachableFiles(entry: string): Promise<SourceFile[]> {
  await init();
  const files: SourceFile[] = [];
  const seen = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const [imports, exports] = parse(await readFile(path, 'utf8'), path);
    for (const found of imports) {
      if (found.type !== 'static' && found.type !== 'reexport-star') continue;
      if (found.typeOnly || !/^\.\.?\//.test(found.specifier) || !source.test(found.specifier)) continue;
      await visit(await realpath(resolve(dirname(path), found.specifier)));
    }
    files.push({ path, reexports: new Set(exports.flatMap((one) => (one.type === 'reexport' ? [one.name] : []))) });
  };
  await visit(entry);
  return files;
}
