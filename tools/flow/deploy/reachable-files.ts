import { readFile, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { init, parse } from 'es-module-lexer';

/** A module of the workspace, and the names that it only re-exports from another module. */
export interface SourceFile {
  readonly path: string;
  readonly reexports: ReadonlySet<string>;
}

const source = /\.[mc]?[jt]s$/;

/**
 * Lists the files that a module reaches through static relative imports, in the order in which they are evaluated: each file after the
 * files that it imports, the module itself last.
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
