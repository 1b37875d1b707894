import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { findMissingPackages } from './find-missing-packages.ts';
import { type Finding, ok, problem } from './finding.ts';

/** Checks the version of the Node that runs this command, which bin.mjs has chosen. */
export function checkNode(version: string): Finding {
  return Number(version.split('.')[0]) >= 24
    ? ok('node', `Node ${version}`)
    : problem('node', `Node ${version}`, 'Run npm run setup, which installs Node 24.');
}

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      link: z.boolean().optional(),
      optional: z.boolean().optional(),
      devOptional: z.boolean().optional(),
      peer: z.boolean().optional(),
    }),
  ),
});

/** Checks that node_modules has the packages of package-lock.json, and those that ints/package.json lists. */
export async function checkPackages(root: string): Promise<Finding> {
  const name = 'npm packages';
  const wanted = await readLock(join(root, 'package-lock.json'));
  if (!wanted) return problem(name, 'package-lock.json is missing or unreadable', 'Restore it from git.');
  const installed = await readLock(join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return problem(name, 'nothing is installed', 'Run npm run setup.');
  const differing = Object.entries(wanted.packages).flatMap(([path, { version, link, optional, devOptional, peer }]) => {
    const found = installed.packages[path];
    // The workspace's own packages have no version to compare, and optional packages may be for other platforms.
    if (!/(^|\/)node_modules\//.test(path) || link || (!found && (optional || devOptional || peer))) return [];
    return found?.version === version ? [] : [path.replace(/^.*node_modules\//, '')];
  });
  const missing = differing.length === 0 ? await findMissingPackages(root) : [];
  if (typeof missing === 'string') return problem(name, missing, 'Correct it, or restore it from git.');
  if (missing.length > 0) return problem(name, `not installed, but listed in ints/package.json: ${missing.join(', ')}`, 'Run npm install.');
  if (differing.length === 0) return ok(name, `${Object.keys(installed.packages).length} packages as in package-lock.json`);
  return problem(
    name,
    `${differing.length} differ${differing.length === 1 ? 's' : ''} from package-lock.json: ${differing.slice(0, 3).join(', ')}${differing.length > 3 ? ' …' : ''}`,
    'Run npm run setup.',
  );
}

async function readLock(file: string): Promise<z.output<typeof lockfile> | undefined> {
  try {
    return lockfile.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Reads the version of an installed npm package. @returns undefined if it isn't installed */
export async function readPackageVersion(root: string, name: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(root, 'node_modules', ...name.split('/'), 'package.json'), 'utf8');
    return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
  } catch {
    return undefined;
  }
}
