import { lstatSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Code } from '../code.ts';
import { holdLayer } from '../hold/ensure-layer.ts';
import { layerPath } from '../hold/layer.ts';
import { commitKey, isWhole, readCommit } from './commits.ts';

/** Code that stays until it is released. Its files are read-only. */
export interface HeldCode {
  /** the folder that stands for the repository: it has the needed folders, and the files directly above them */
  readonly root: string;
  readonly commit: string;
  /** names the content of `root`: commits whose needed folders are the same share a tree */
  readonly tree: string;
  /** the folder with the framework and the packages that imports find; null if the commit has no integrations */
  readonly framework: string | null;
  /** Says that the code isn't in use any more. */
  release(): void;
}

/** Keeps code from being removed. @returns undefined if it isn't there, or isn't whole */
export function holdCode(store: string, code: Code): HeldCode | undefined {
  const tree = readCommit(store, commitKey(code));
  if (tree === undefined) return undefined;
  const layer = { store, kind: 'trees', key: tree } as const;
  const release = holdLayer(layer);
  if (!release) return undefined;
  if (!isWhole(store, tree)) {
    release();
    return undefined;
  }
  const root = layerPath(layer);
  return { root, commit: code.commit, tree, framework: frameworkOf(root), release };
}

/** @returns null if the tree has no framework */
function frameworkOf(root: string): string | null {
  const modules = join(root, 'node_modules');
  return lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() ? dirname(realpathSync(modules)) : null;
}
