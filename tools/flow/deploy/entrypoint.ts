import { relative, sep } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

import type { SourceFile } from './reachable-files.ts';

/** A file that was imported, with its exports. */
export interface LoadedFile extends SourceFile {
  readonly exports: Readonly<Record<string, unknown>>;
}

/**
 * Finds the export that is the flow itself, by identity. A module that defines the flow wins over one that re-exports it, and a named
 * export over a default export.
 * @param files in the order of their evaluation
 * @returns undefined when no file exports the flow
 */
export function findEntrypoint(flow: unknown, files: readonly LoadedFile[]): { file: string; exportName: string } | undefined {
  const found = files.flatMap((file) =>
    Object.entries(file.exports)
      .filter(([, value]) => value === flow)
      .map(([exportName]) => ({ file: file.path, exportName, own: !file.reexports.has(exportName) })),
  );
  const rank = ({ own, exportName }: { own: boolean; exportName: string }) => (own ? 0 : 2) + (exportName === 'default' ? 1 : 0);
  return found.toSorted((one, other) => rank(one) - rank(other))[0];
}

/**
 * Makes a path relative to the workspace.
 * @param what names the file in the message: `The file of flow "load"`
 * @throws `invalid_entrypoint` when the file is outside the workspace
 */
export function insideRoot(file: string, root: string, what: string): string {
  const inside = relative(root, file);
  if (inside && !inside.startsWith(`..${sep}`) && inside !== '..' && !inside.startsWith(sep)) return inside;
  throw new TributaryError(
    'invalid_entrypoint',
    `${what} is ${file}, which is outside the workspace ${root}: workers can't find it there. Move it into the workspace.`,
  );
}
