import { relative, sep } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

import type { SourceFile } from './reachable-files.ts';

/** A file that was imported, with what it exports. */
export interface LoadedFile extends SourceFile {
  readonly exports: Readonly<Record<string, unknown>>;
}

/**
 * Where a host finds a flow, by identity: the export that IS the flow. A module that defines it wins over one that passes it on.
 * @param files in the order of their evaluation
 * @returns undefined when no file exports it
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

/** @throws `invalid_entrypoint` when the file stands outside the root */
export function insideRoot(file: string, root: string, what: string): string {
  const inside = relative(root, file);
  if (inside && !inside.startsWith(`..${sep}`) && inside !== '..' && !inside.startsWith(sep)) return inside;
  throw new TributaryError(
    'invalid_entrypoint',
    `${what} is ${file}, which lies outside the workspace ${root}: a worker could not find it there. Move it into the workspace.`,
  );
}
