import { type Code, nameOf } from '../code.ts';
import type { Caller } from '../hold/acquire.ts';
import { ensureLayer } from '../hold/ensure-layer.ts';
import { installPackages, packagesKey } from './install-packages.ts';
import { installPython, pythonKey } from './install-python.ts';
import type { Lockfile } from './lockfile.ts';

/** What packages are installed for. */
interface Target extends Caller {
  readonly store: string;
  readonly env: NodeJS.ProcessEnv;
  readonly code: Pick<Code, 'repository' | 'commit'>;
  /** where the commit's root files are */
  readonly tree: string;
}

/** A layer of packages, which stays until it is released. */
export interface Installed {
  readonly key: string;
  release(): void;
}

/** Installs the packages of a lockfile unless they are there. */
export async function ensurePackages(lockfile: Lockfile, { store, code, tree, ...options }: Target): Promise<Installed> {
  const name = nameOf(code);
  const key = packagesKey(tree, lockfile, code);
  const release = await ensureLayer({ store, kind: 'packages', key }, `installing the packages of ${name}`, options, (folder, lock) =>
    timed({ what: 'packages', of: name, file: 'package-lock.json', tell: options.tell }, () =>
      installPackages(folder, lockfile, { code, tree, lock, ...options }),
    ),
  );
  return { key, release };
}

/** Installs the Python packages of a tree unless they are there. @returns undefined if the tree needs none */
export async function ensurePython({ store, code, tree, ...options }: Target): Promise<Installed | undefined> {
  const key = pythonKey(tree);
  if (key === undefined) return undefined;
  const name = nameOf(code);
  const release = await ensureLayer({ store, kind: 'python', key }, `installing the Python packages of ${name}`, options, (folder, lock) =>
    timed({ what: 'Python packages', of: name, file: 'requirements.txt', tell: options.tell }, () =>
      installPython(folder, { code, tree, lock, ...options }),
    ),
  );
  return { key, release };
}

/** Says that an install begins, as it may take a minute, that it won't be repeated, and how long it took. */
async function timed(
  { what, of, file, tell }: { readonly what: string; readonly of: string; readonly file: string; readonly tell: (line: string) => void },
  install: () => Promise<void>,
): Promise<void> {
  tell(`Installing the ${what} of ${of}. This happens once for each ${file}.`);
  const began = performance.now();
  await install();
  tell(`Installed the ${what} in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
}
