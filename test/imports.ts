import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import { repository } from './support/workspace.ts';

/** An import of values or types, static or dynamic. */
export interface Import {
  readonly file: string;
  /** as the file writes it */
  readonly specifier: string;
  /** the imported file of this repository; undefined for an external package */
  readonly to: string | undefined;
}

/** All source files, by their paths in the repository. */
export const sources = globSync('{tools,ints,test}/**/*.{ts,mjs}', {
  cwd: repository,
  exclude: (path) => /node_modules|\/templates/.test(String(path)),
}).toSorted();

export const textOf = (file: string): string => readFileSync(join(repository, file), 'utf8');

const statement = /(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g;
const comment = /^\s*(?:\/\/|\/?\*).*$/gm;

/** All imports of all source files. Imports in strings with the source of another program count as well. */
export const imports: readonly Import[] = sources.flatMap((file) =>
  [...textOf(file).replaceAll(comment, '').matchAll(statement)].map(([, specifier = '']) => ({
    file,
    specifier,
    to: fileOf(file, specifier),
  })),
);

const staticImport = /^(?:import|export) (?!type\b)(?:[^;']*? from )?'([^']+)'/gm;

/** Finds the files of this repository that a process has loaded once its first file's static imports are loaded. */
export function loadedBy(first: string): string[] {
  const loaded = new Set([first]);
  for (const file of loaded)
    for (const [, specifier = ''] of textOf(file).matchAll(staticImport)) {
      const to = fileOf(file, specifier);
      if (to !== undefined) loaded.add(to);
    }
  return [...loaded];
}

function fileOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return relative(repository, resolve(repository, dirname(file), specifier));
  const [, name, entry] = /^@tributary\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? [];
  // The import `@tributary/contract/time` loads tools/contract/time.ts, and `@tributary/contract` loads index.ts.
  return name === undefined ? undefined : `tools/${name}/${entry ?? 'index'}${/\.\w+$/.test(entry ?? '') ? '' : '.ts'}`;
}

/** Finds circles of files that import each other. @returns the files of each circle, in order */
export function findCircles(): string[][] {
  const targets = Map.groupBy(imports, ({ file }) => file);
  const circles: string[][] = [];
  const seen = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start !== -1) circles.push([...path.slice(start), file]);
    if (start !== -1 || seen.has(file)) return;
    seen.add(file);
    for (const { to } of targets.get(file) ?? []) if (to !== undefined) visit(to, [...path, file]);
  };
  for (const file of sources) visit(file, []);
  return circles;
}
