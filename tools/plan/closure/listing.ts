import { dirname } from 'node:path/posix';

import { z } from 'zod';

import type { Tree } from './tree.ts';

const names = z.record(z.string(), z.unknown()).optional();
const manifest = z.object({
  name: z.string().optional(),
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
});

/** The package.json of a folder. */
interface Manifest {
  readonly path: string;
  readonly names: ReadonlySet<string>;
}

/**
 * Makes a function that looks for a package that a file below `ints/` imports: in ints/package.json, and in the package.json of each folder
 * between `ints/` and the file. Without ints/package.json, every package counts as listed.
 * @returns the package.json files that could list the package; undefined if one of them lists it
 */
export function createListing(tree: Tree): (file: string, name: string) => readonly string[] | undefined {
  const all = readManifest(tree, 'ints');
  return (file, name) => {
    if (!all || all.names.has(name) || !file.startsWith('ints/')) return undefined;
    const between = foldersBetween(file).flatMap((folder) => readManifest(tree, folder) ?? []);
    return between.some(({ names: listed }) => listed.has(name)) ? undefined : [all, ...between].map(({ path }) => path);
  };
}

/** The folders that a file of `ints` is in, from the outside in, without `ints` itself. */
function foldersBetween(file: string): string[] {
  const segments = dirname(file).split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 2).join('/'));
}

function readManifest(tree: Tree, folder: string): Manifest | undefined {
  const path = `${folder}/package.json`;
  if (!tree.find(path)) return undefined;
  try {
    const { name, ...listed } = manifest.parse(JSON.parse(tree.read(path)));
    // A package may import itself by its name.
    return {
      path,
      names: new Set([...Object.values(listed).flatMap((one) => Object.keys(one ?? {})), ...(name === undefined ? [] : [name])]),
    };
  } catch {
    // npm reports a package.json that can't be read.
    return undefined;
  }
}
