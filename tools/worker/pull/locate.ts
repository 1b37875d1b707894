import { realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import type { RunCode } from '@tributary/contract/nouns/code';
import type { Deployment } from '@tributary/contract/nouns/deployment';

/** Where a run's code is. Paths are absolute. */
export interface CodeLocation {
  /** the work tree, in which the code and the framework are resolved */
  readonly root: string;
  readonly cwd: string;
  /** `/abs/path/flows/api.ts:exportProducts` */
  readonly entrypoint: string;
  /** the commit that the code was fetched at; null if it is a folder of this machine */
  readonly pulled: RunCode | null;
}

/**
 * Finds a deployment's folder and entrypoint in its work tree.
 * @param tree.directory the folder that the deployment's path is relative to, itself relative to the root
 * @throws `crashed` if one of them doesn't exist or is outside of the work tree
 */
export async function locate(
  deployment: Pick<Deployment, 'path' | 'entrypoint'>,
  { root, directory, pulled }: Pick<CodeLocation, 'root' | 'pulled'> & { readonly directory: string },
): Promise<CodeLocation> {
  const { entrypoint } = deployment;
  const colon = entrypoint?.lastIndexOf(':') ?? -1;
  if (!entrypoint || colon < 1 || colon === entrypoint.length - 1)
    throw new TributaryError(
      'crashed',
      `The deployment's entrypoint ${JSON.stringify(entrypoint ?? null)} is not of the form file.ts:export. Deploy it again.`,
    );
  const cwd = resolve(root, directory, deployment.path ?? '');
  const file = resolve(cwd, entrypoint.slice(0, colon));
  const [realRoot, realCwd, realFile, folder] = await Promise.all([
    realpath(root).catch(() => undefined),
    realpath(cwd).catch(() => undefined),
    realpath(file).catch(() => undefined),
    stat(cwd).catch(() => undefined),
  ]);
  if (!realRoot) throw missing('folder', root, null);
  if (!realCwd || !folder?.isDirectory()) throw missing('folder', cwd, deployment.path ?? directory);
  if (!isWithin(realRoot, realCwd)) throw outside('path', join(directory, deployment.path ?? ''), root);
  if (!realFile) throw missing('file', file, entrypoint);
  if (!isWithin(realRoot, realFile)) throw outside('entrypoint', entrypoint, root);
  return { root, cwd, entrypoint: `${file}${entrypoint.slice(colon)}`, pulled };
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}

function missing(what: string, path: string, named: string | null | undefined): TributaryError {
  return new TributaryError(
    'crashed',
    `There is no ${what} ${path}, although the deployment needs it (${named ?? 'its work tree'}). If the ${what} was moved, deploy again.`,
  );
}

function outside(what: string, named: string | null | undefined, root: string): TributaryError {
  return new TributaryError(
    'crashed',
    `The deployment's ${what} "${named ?? ''}" leads out of its work tree ${root}. A worker only loads code inside of the work tree: move the code there and deploy it again.`,
  );
}
