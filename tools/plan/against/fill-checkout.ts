import { isDeepStrictEqual } from 'node:util';

import type { Closure } from '../closure/open-code.ts';
import type { Entry } from '../closure/tree.ts';
import { type Checkout, createCheckout } from './checkout.ts';
import type { Commit } from './find-commit.ts';
import { linkPackages } from './link-packages.ts';

interface Given {
  /** the workspace */
  readonly root: string;
  /** all files of the commit */
  readonly entries: readonly Entry[];
  /** the integrations to load, such as `ints/dbt` */
  readonly folders: readonly string[];
  /** their closures in the work tree and at the commit */
  readonly closures: { readonly here: readonly Closure[]; readonly there: readonly Closure[] };
  /** the packages that are folders of the commit, by name */
  readonly locals: ReadonlyMap<string, string>;
}

/** A checkout of what integrations need to be loaded. */
export interface FilledCheckout extends Pick<Checkout, 'root' | 'remove'> {
  /** writes all other files of the commit, too */
  writeRest(): Promise<void>;
}

/**
 * Writes what integrations of a commit need to be loaded: their own files, what they import, and every package.json. If the framework is the
 * same in the work tree, it comes from there.
 */
export async function fillCheckout(commit: Commit, { root, entries, folders, closures, locals }: Given): Promise<FilledCheckout> {
  const packages = [...locals.values()].filter((folder) => folder !== 'ints');
  const areSame = isDeepStrictEqual(filesBelow(packages, closures.here), filesBelow(packages, closures.there));
  const imported = new Set(closures.there.flatMap(({ parts }) => [...parts.keys()]));
  const own = new Set(folders);
  const isNeeded = ({ path }: Entry): boolean => {
    if (areSame && isBelow(packages, path)) return false;
    return imported.has(path) || own.has(path.split('/').slice(0, 2).join('/')) || path === 'nx.json' || /(^|\/)package\.json$/.test(path);
  };
  const checkout = await createCheckout(root, commit);
  try {
    await checkout.write(entries.filter(isNeeded));
    linkPackages({ to: checkout.root, from: root, locals, areSame });
  } catch (error) {
    await checkout.remove();
    throw error;
  }
  return { ...checkout, writeRest: () => checkout.write(entries.filter((entry) => !isNeeded(entry))) };
}

/** The files in folders that closures have, each with its content's id. */
function filesBelow(folders: readonly string[], closures: readonly Closure[]): string[] {
  const files = closures.flatMap(({ parts }) =>
    [...parts].flatMap(([path, { hash }]) => (isBelow(folders, path) ? [`${path}\0${hash}`] : [])),
  );
  return [...new Set(files)].toSorted();
}

function isBelow(folders: readonly string[], path: string): boolean {
  return folders.some((folder) => path.startsWith(`${folder}/`));
}
