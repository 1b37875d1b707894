import { existsSync, renameSync, rmdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

import { type Code, keyOf, nameOf } from './code.ts';
import { type CommitOptions, withCommit } from './fetch/with-commit.ts';
import { linkNested, linkPackages, packagesLink } from './framework/link-packages.ts';
import { refuseInstalled } from './framework/refuse-installed.ts';
import { ensureLayer } from './hold/ensure-layer.ts';
import { ensurePackages, ensurePython } from './packages/ensure-installed.ts';
import { integrations, type Lockfile } from './packages/lockfile.ts';
import { checkOut } from './tree/check-out.ts';
import { isWhole, writeCommit } from './tree/commits.ts';
import type { Entry } from './tree/list-entries.ts';
import type { Submodules } from './tree/read-submodules.ts';
import { folderPatterns } from './tree/sparse-patterns.ts';

/** What was found out about a commit while its repository was locked. */
export interface Found {
  readonly lockfile: Lockfile | undefined;
  /** what the tree consists of */
  readonly tree: readonly Entry[];
  /** the folders of the framework */
  readonly framework: readonly Entry[];
  readonly submodules: Submodules;
}

/** Makes the layers from the inside out: packages, framework, Python, the tree. Each is held until the next one links to it. */
export async function addLayers(code: Code, work: string, found: Found, options: CommitOptions, holds: (() => void)[]): Promise<void> {
  const { store } = options;
  const { lockfile } = found;
  const target = { ...options, code, tree: work };
  let framework: string | undefined;
  if (lockfile) {
    const packages = await ensurePackages(lockfile, target);
    holds.push(packages.release);
    framework = keyOf('framework 1', packages.key, ...found.framework.map(({ id, path }) => `${id} ${path}`));
    const layer = { store, kind: 'frameworks', key: framework } as const;
    const fill = (folder: string): Promise<void> => fillFramework(folder, code, packages.key, lockfile, options);
    holds.push(await ensureLayer(layer, `making the framework of ${nameOf(code)}`, options, fill));
  }
  const python = code.filesOnly ? undefined : await ensurePython(target);
  if (python) holds.push(python.release);
  const parts = found.tree.map(({ id, path, mode }) => `${mode} ${id} ${path}`);
  const filled = found.submodules.wanted.length > 0 ? ['with submodules'] : [];
  const key = keyOf('tree 2', framework ?? '', python?.key ?? '', ...parts, ...filled);
  const fill = async (folder: string): Promise<void> => fillTree(folder, code, work, { framework, python: python?.key });
  holds.push(await ensureLayer({ store, kind: 'trees', key }, `making the tree of ${nameOf(code)}`, options, fill));
  if (!isWhole(store, key))
    throw new TributaryError(
      'storage',
      `The code store ${store} is damaged: a layer of ${nameOf(code)} lacks files. Run "npx tributary code verify --repair": it removes damaged layers, and the next run makes them anew.`,
    );
  writeCommit(store, code, key);
}

/** Checks out the framework, and links it to the layer of its packages. */
async function fillFramework(folder: string, code: Code, packages: string, { framework }: Lockfile, options: CommitOptions): Promise<void> {
  if (framework.length > 0)
    await withCommit(code, options, (git, objects) =>
      checkOut(git, {
        objects,
        commit: code.commit,
        folder,
        index: `${folder}.index`,
        patterns: folderPatterns(framework),
        cone: false,
      }),
    );
  linkPackages(folder, `../../packages/${packages}`, framework, code);
}

/** Moves the checked-out files to their place, and links them to the layers of their framework and of Python. */
function fillTree(
  folder: string,
  code: Code,
  work: string,
  { framework, python }: { readonly framework: string | undefined; readonly python: string | undefined },
): void {
  rmdirSync(folder);
  renameSync(work, folder);
  // In code whose packages aren't installed, only a link is in the way: it would be taken for one to another layer.
  refuseInstalled(folder, ['node_modules', `${integrations}/node_modules`, '.venv'], code, { onlyLinks: code.filesOnly ?? false });
  if (framework !== undefined) {
    symlinkSync(`../../frameworks/${framework}/node_modules`, join(folder, 'node_modules'));
    if (existsSync(join(folder, integrations))) linkNested(folder, integrations, `../../../frameworks/${framework}/${packagesLink}`, code);
  }
  if (python !== undefined) symlinkSync(`../../python/${python}`, join(folder, '.venv'));
}
