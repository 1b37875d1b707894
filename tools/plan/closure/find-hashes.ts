import { readAllowed } from './allowed-scripts.ts';
import { hashOfFile, hashOfPackage } from './graph.ts';
import type { Lockfile } from './lockfile.ts';
import type { Tree } from './tree.ts';

/** Makes a function that looks for a part by its name among all files of a tree and all packages of its lockfile, imported or not. */
export function createHashes(tree: Tree, lockfile: Lockfile): (part: string) => readonly string[] {
  let packages: ReadonlyMap<string, readonly string[]> | undefined;
  return (part) => {
    const file = tree.entry(part);
    return file ? [hashOfFile(file)] : ((packages ??= hashPackages(tree, lockfile)).get(part) ?? []);
  };
}

/** The hashes by `name@version`. */
function hashPackages(tree: Tree, lockfile: Lockfile): Map<string, string[]> {
  const scriptsOf = readAllowed(tree);
  const hashes = new Map<string, string[]>();
  for (const one of lockfile.list()) {
    const name = `${one.name}@${one.version}`;
    hashes.set(name, [...(hashes.get(name) ?? []), hashOfPackage(one, scriptsOf)]);
  }
  return hashes;
}
