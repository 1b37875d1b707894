import { join } from 'node:path';
import { basename, dirname, matchesGlob } from 'node:path/posix';

import { TributaryError } from '@tributary/contract/error';
import type { Finding } from '@tributary/contract/nouns/plan';

import { listCommit, readBlobs } from '../closure/commit-tree.ts';
import type { Code } from '../closure/open-code.ts';
import type { Entry } from '../closure/tree.ts';
import { commitText } from '../commit-text.ts';
import { deploymentsPattern } from '../load/project.ts';
import { readText } from '../read-text.ts';
import { environmentAt } from './environment-at.ts';
import { lacksFiles } from './checkout.ts';
import { type FilledCheckout, fillCheckout } from './fill-checkout.ts';
import type { Commit } from './find-commit.ts';
import { findChanged } from './find-changed.ts';
import { brokenCommit, missingSubmodules, otherPackages } from './findings.ts';
import { loadCommit, type LoadedAtCommit } from './load-commit.ts';
import { readPackages } from './packages.ts';

/** What a commit declares. */
export interface Base {
  readonly code: Pick<Code, 'closure'>;
  /** the integrations of the commit, such as `ints/dbt` */
  readonly folders: ReadonlySet<string>;
  /** those that may declare something else than in the work tree, once they are loaded. The others declare the same */
  readonly changed: ReadonlyMap<string, LoadedAtCommit>;
  readonly findings: readonly Finding[];
}

interface Given {
  readonly root: string;
  /** the code of the work tree */
  readonly code: Code;
  /** the integrations of the work tree */
  readonly present: ReadonlySet<string>;
  readonly env: NodeJS.ProcessEnv;
  /** the files whose variables the environment has: see {@link environmentAt} */
  readonly envFiles: readonly string[];
}

/**
 * Reads what a commit declares. Loads only the integrations whose code differs from the work tree's, by the commit's own framework.
 * @returns two promises, so that the work tree can be loaded meanwhile: the first resolves once the loading has begun
 * @throws `misuse` if git can't read the commit, `unsupported` if the commit's framework can't say what its integrations declare
 */
export async function beginBase(commit: Commit, { root, code, present, env, envFiles }: Given): Promise<{ readonly base: Promise<Base> }> {
  const [entries, there] = await Promise.all([listCommit(root, commit.commit), code.at(commit.commit)]);
  if (!entries || !there) throw lacksFiles(commit);
  const folders = entries.flatMap(({ path }) => integrationOf(path));
  const environment = await environmentAt(root, { env, files: envFiles, entries });
  const toLoad = environment.isSame ? await findChanged(folders, present, { here: code, there }) : folders;
  const known = { code: there, folders: new Set(folders) };
  if (toLoad.length === 0) return { base: Promise.resolve({ ...known, changed: new Map(), findings: [] }) };
  const closuresOf = (from: Pick<Code, 'closure'>) => Promise.all(toLoad.map((folder) => from.closure(folder, [])));
  const closures = { here: await closuresOf(code), there: await closuresOf(there) };
  const packages = await packagesOf(root, entries);
  const checkout = await fillCheckout(commit, { root, entries, folders: toLoad, closures, locals: packages.there.locals });
  const finish = async (loading: ReturnType<typeof loadFrom>): Promise<Base> => {
    const changed = await loading;
    const broken = [...changed].flatMap(([folder, one]) => ('fault' in one ? [brokenCommit(commit, folder, one.fault)] : []));
    const findings = [...broken, ...otherPackages(commit, closures.there, packages), ...missingSubmodules(commit, entries, toLoad)];
    return { ...known, changed, findings };
  };
  const base = finish(loadFrom(checkout, toLoad, { commit, root, env: environment.env }));
  // If the work tree can't be planned, nobody waits for it.
  base.catch(() => undefined);
  return { base };
}

/** Loads integrations from a checkout, and then removes it. Those that fail are loaded once more beside all files of the commit. */
async function loadFrom(
  checkout: FilledCheckout,
  folders: readonly string[],
  { commit, root, env }: Pick<Given, 'root' | 'env'> & { readonly commit: Commit },
): Promise<ReadonlyMap<string, LoadedAtCommit>> {
  const load = async (some: readonly string[]) => {
    const loaded = await loadCommit(some, { checkout: checkout.root, root, env });
    if ('unusable' in loaded) throw unsupported(commit, loaded.unusable);
    return loaded;
  };
  try {
    const loaded = new Map(await load(folders));
    const failed = [...loaded].flatMap(([folder, one]) => ('fault' in one ? [folder] : []));
    if (failed.length === 0) return loaded;
    // Code may read files that no import names.
    await checkout.writeRest();
    return new Map([...loaded, ...(await load(failed))]);
  } finally {
    await checkout.remove();
  }
}

/** @returns the folder of an integration if a path is its deployments.ts, otherwise nothing */
function integrationOf(path: string): string[] {
  return basename(path) === basename(deploymentsPattern) && matchesGlob(path, deploymentsPattern) ? [dirname(path)] : [];
}

/** Reads the packages of the work tree's lockfile and of the commit's. */
async function packagesOf(root: string, entries: readonly Entry[]) {
  const file = 'package-lock.json';
  const entry = entries.filter(({ path }) => path === file);
  const [text] = (await readBlobs(root, entry))?.values() ?? [];
  return { here: readPackages(readText(join(root, file))), there: readPackages(text?.toString()) };
}

function unsupported(commit: Commit, reason: string): TributaryError {
  return new TributaryError(
    'unsupported',
    `The framework of ${commitText(commit)} can't say what its integrations declare: ${reason}. ` +
      'It may be from before the command "plan". Give --against a newer commit.',
  );
}
